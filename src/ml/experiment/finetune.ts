// Fine-tuning on the primary alone: one model per epoch with its dev metrics, of which the best is chosen.
import type { TokenRows } from '../data/token-rows.ts';
import type { Measures } from '../tasks/task.ts';
import type { Learner } from '../train/learner.ts';
import type { TrainingSettings, TrainingTask } from '../train/train.ts';
import { EpochLog } from './epoch-log.ts';
import { answer, devMetrics } from './evaluate.ts';
import { writeModel } from './model.ts';
import type { Model } from './model.ts';
import type { Report } from './report.ts';
import { trainResumably } from './resume.ts';

export interface FineTuning {
  readonly learner: Learner;
  /** The model that the learner started from. */
  readonly model: Model;
  readonly part: TrainingTask;
  readonly dev: TokenRows;
  readonly measures: Measures;
  readonly settings: TrainingSettings;
  /** Whether the unchanged model, epoch 0, may be chosen. */
  readonly epoch0: boolean;
  /** The folder of the epochs' models. */
  readonly models: string;
  readonly tokenizer: string;
  readonly checkpoint: string;
  readonly saveIntervalMs?: number;
  readonly report: Report;
}

export async function finetune(run: FineTuning): Promise<EpochLog> {
  const { learner, model, part, dev, measures, settings, report, checkpoint } = run;
  const log = new EpochLog(run.models, checkpoint);
  const close = async (epoch: number, losses: { task: number; discriminator: number } | null) => {
    const answers = await answer(learner, { task: part.task, data: dev }, model.labelScale);
    const metrics = devMetrics(answers, dev.labels, measures);
    for (const [name, value] of Object.entries(metrics)) {
      if (!Number.isNaN(value)) report.metric(`dev_${name}`, value, epoch);
    }
    writeModel(log.model(epoch), { ...model, weights: await learner.weights() }, run.tokenizer);
    log.add({ epoch, losses, dev: metrics });
  };
  await trainResumably({
    learner,
    tasks: [part],
    settings,
    report,
    checkpoint,
    ...(run.saveIntervalMs === undefined ? {} : { saveIntervalMs: run.saveIntervalMs }),
    onStart: async () => {
      if (run.epoch0) await close(0, null);
    },
    onEpoch: close,
    beforeSave: () => log.save(),
    onResume: (epochs) => log.restore(epochs),
  });
  return log;
}
