// A training that outlives its process: it saves its state at intervals and continues from the last one.
// The clock decides how often it saves, and never changes the result.
import type { Learner } from '../train/learner.ts';
import { loadTraining, saveTraining } from '../train/saved-training.ts';
import type { SavedTraining } from '../train/saved-training.ts';
import { START, train } from '../train/train.ts';
import type { EpochLosses, TrainingHooks, TrainingSettings, TrainingTask } from '../train/train.ts';
import type { Report } from './report.ts';
import { throttledProgress } from './report.ts';

/** Least time between two saves. */
const SAVE_INTERVAL_MS = 10_000;

/** Saving takes at most this share of the time: bert-base with its moments is 1.3 GB. */
const SAVE_SHARE = 0.05;

export interface ResumableTraining {
  readonly learner: Learner;
  readonly tasks: readonly TrainingTask[];
  readonly settings: TrainingSettings;
  readonly report: Report;
  /** Where states are kept; it outlives the process. */
  readonly checkpoint: string;
  readonly saveIntervalMs?: number;
  readonly onEpoch?: NonNullable<TrainingHooks['onEpoch']>;
  /**
   * Called before a state is saved: keeps the results of `onEpoch`, which a resumed training does
   * not make again.
   */
  readonly beforeSave?: () => void;
  /** Called before the first step of a training that starts from the beginning. */
  readonly onStart?: () => void | Promise<void>;
  /**
   * Called before continuing, with the number of complete epochs. If it throws, the training starts
   * from the beginning.
   */
  readonly onResume?: (epochs: number) => void;
}

/** @returns the losses of every epoch, also of those before an interruption */
export async function trainResumably(training: ResumableTraining): Promise<readonly EpochLosses[]> {
  const { learner, tasks, settings, report, checkpoint } = training;
  const saved = loadWhole(training);
  if (saved === undefined) {
    await training.onStart?.();
  } else {
    learner.restore(saved.learner);
    const { epoch, batch } = saved.position;
    report.note(`continues after epoch ${epoch}, batch ${batch}`);
  }
  let next = performance.now() + (training.saveIntervalMs ?? SAVE_INTERVAL_MS);
  return train(
    learner,
    tasks,
    settings,
    {
      onStep: throttledProgress(report, 'examples'),
      async onEpoch(epoch, losses) {
        report.metric('task_loss', losses.task, epoch);
        if (settings.discriminator !== undefined) {
          report.metric('discriminator_loss', losses.discriminator, epoch);
        }
        await training.onEpoch?.(epoch, losses);
      },
      async onPosition(position) {
        const start = performance.now();
        if (start < next) return;
        training.beforeSave?.();
        saveTraining(checkpoint, { position, learner: await learner.state() });
        const end = performance.now();
        next =
          end + (training.saveIntervalMs ?? Math.max(SAVE_INTERVAL_MS, (end - start) / SAVE_SHARE));
      },
    },
    saved?.position ?? START,
  );
}

/** The saved state, if the caller can continue from it too. */
function loadWhole({ checkpoint, report, onResume }: ResumableTraining): SavedTraining | undefined {
  const drop = (message: string): void =>
    report.note(`the saved training cannot be used and is removed: ${message}`);
  const saved = loadTraining(checkpoint, drop);
  if (saved === undefined) return undefined;
  try {
    onResume?.(saved.position.epoch);
    return saved;
  } catch (error) {
    drop((error as Error).message);
    return undefined;
  }
}
