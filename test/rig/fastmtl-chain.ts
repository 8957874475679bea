// The stages of one experiment in their order, each a process, on whatever sizes are asked for.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Json } from '../../src/stage-kit/contract.ts';
import { writeEntry } from '../../src/ml/tasks/task-file.ts';
import { writeLeaks } from '../../src/ml/leakage/leaks-file.ts';
import { entry, TASKS } from './glue-tasks.ts';
import type { StageEnd, StageRig, StageRun } from './run-stage.ts';

export interface ChainParams {
  /** Cap of a task's training rows. */
  readonly rows: number | null;
  readonly td: { readonly [name: string]: Json };
  readonly to: { readonly [name: string]: Json };
  readonly ft: { readonly [name: string]: Json };
  readonly model: { readonly [name: string]: Json };
  readonly backend: string;
}

/** The outputs of `prepare`. */
export const PREPARED = {
  rows: 'rows/',
  dev: 'dev/',
  others: 'others/',
  texts: 'texts/',
  eval_texts: 'eval_texts/',
  counts: 'counts.json',
} as const;

type Prepared = Readonly<Record<keyof typeof PREPARED | 'measures', string>>;

/** Holds what the cells of a chain share: the data, the split, the probe. */
export class Chain {
  readonly #rig: StageRig;
  readonly #params: ChainParams;
  readonly #folder: string;
  /** By the tasks' names, as flow sorts them. */
  readonly #prepared = new Map<string, Prepared>();
  #shared: Readonly<Record<'tokenizer' | 'backend', string>> = { tokenizer: '', backend: '' };
  #splits = new Map<number, string>();

  constructor(rig: StageRig, folder: string, params: ChainParams) {
    this.#rig = rig;
    this.#params = params;
    this.#folder = folder;
  }

  async prepare(): Promise<void> {
    const { rows, backend } = this.#params;
    mkdirSync(this.#folder, { recursive: true });
    const glue = await this.#output('generate-mini', { params: { world: 1 }, inputs: {}, outputs: { glue: 'glue/', truth: 'truth/' } }, 'glue'); // prettier-ignore
    const data = { rows, rows_seed: 0, bad_rows: 'fail' };
    const entries = TASKS.toSorted().map((name) => {
      const [task, measures] = ['data', 'measures'].map((part) => path.join(this.#folder, `${name}-${part}.json`)) as [string, string]; // prettier-ignore
      writeEntry(task, entry(name).task);
      writeEntry(measures, entry(name).about);
      return { axes: { task: name }, path: task, measures };
    });
    const tasks = entries.map(({ axes, path: file }) => ({ axes, path: file }));
    const tokenizer = await this.#output('vocabulary', { params: data, inputs: { tasks, raw: glue }, outputs: { tokenizer: 'tokenizer/' } }, 'tokenizer'); // prettier-ignore
    for (const { axes, path: task, measures } of entries) {
      const run = {
        params: { ...axes, max_length: 24, ...data },
        inputs: { task, raw: glue, tokenizer },
        outputs: PREPARED,
      };
      const { outputs } = await this.#rig.run('prepare', run);
      this.#prepared.set(axes.task, { ...(outputs as Prepared), measures });
    }
    const probe = await this.#rig.run('probe-backend', { params: { backend, precision: 'fp32' }, inputs: {}, outputs: {} }); // prettier-ignore
    const facts = path.join(this.#folder, 'backend.json');
    writeFileSync(facts, probe.stdout);
    this.#shared = { tokenizer, backend: facts };
  }

  async split(seed: number): Promise<string> {
    const known = this.#splits.get(seed);
    if (known !== undefined) return known;
    const params = { tasks: TASKS, seed, 'td.rows': this.#params.td['rows'] ?? null, low_resource: null, td_seed: null }; // prettier-ignore
    const split = await this.#output('split', { params, inputs: { rows: this.#collected('rows') }, outputs: { split: 'split.json' } }, 'split'); // prettier-ignore
    this.#splits.set(seed, split);
    return split;
  }

  trainTd(disc: string, seed: number, more: Partial<StageRun> = {}): Promise<StageEnd> {
    return this.#withSplit(seed, async (split) =>
      this.#rig.run('train-td', {
        params: {
          disc,
          seed,
          lr: null,
          td: this.#params.td,
          td_seed: null,
          ...this.#modelParams(),
        },
        inputs: { rows: this.#collected('rows'), split, ...this.#shared },
        outputs: { model: 'model/', metrics: 'metrics.json' },
        ...more,
      }),
    );
  }

  /** @param model of a TD-MTDNN; absent: random scores */
  scores(seed: number, model?: string): Promise<string> {
    return this.#withSplit(seed, (split) => {
      const scored = ['rte', 'mrpc', 'stsb'];
      const outputs = { scores: 'scores.tsv' };
      if (model === undefined) {
        return this.#output('score-random', { params: { seed, scored }, inputs: { split }, outputs }, 'scores'); // prettier-ignore
      }
      const inputs = { model, split, rows: this.#collected('rows'), backend: this.#shared.backend };
      return this.#output('score-td', { params: { seed, scored, eval_batch: 64 }, inputs, outputs }, 'scores'); // prettier-ignore
    });
  }

  features(seed: number, model: string): Promise<string> {
    return this.#withSplit(seed, (split) => {
      const inputs = {
        model,
        split,
        rows: this.#collected('rows'),
        dev: this.#collected('dev'),
        backend: this.#shared.backend,
      };
      return this.#output('features', { params: { seed, tsne_rows: 5, eval_batch: 64 }, inputs, outputs: { features: 'features/' } }, 'features'); // prettier-ignore
    });
  }

  async select(primary: string, strategy: string, num: number, seed: number, scores: string) {
    const outputs = { selection: 'selection.tsv', use_data: 'use_data.json' };
    const params = { primary, strategy, num, seed, leakage: 'report' };
    const leaks = path.join(this.#folder, 'leaks.tsv');
    writeLeaks(leaks, []);
    return this.#rig.run('select', {
      params,
      inputs: { scores, leaks, split: await this.split(seed) },
      outputs,
    });
  }

  /** @param selection absent: all rows of all tasks */
  async trainTo(primary: string, seed: number, selection?: string): Promise<StageEnd> {
    const split = await this.split(seed);
    return this.#rig.run('train-to', {
      params: {
        primary,
        seed,
        lr: null,
        to: this.#params.to,
        to_seed: null,
        ...this.#modelParams(),
      },
      inputs: { rows: this.#collected('rows'), split, ...(selection === undefined ? {} : { selection }), ...this.#shared }, // prettier-ignore
      outputs: { model: 'model/', metrics: 'metrics.json' },
    });
  }

  /** @param model absent: a new one */
  finetune(primary: string, seed: number, model?: string): Promise<StageEnd> {
    const of = this.#of(primary);
    const own = { epoch0: true, low_resource_ft: false, ft_seed: null, ...this.#modelParams() };
    return this.#rig.run('finetune', {
      params: { primary, seed, lr: null, ft: this.#params.ft, ...own },
      inputs: { rows: of.rows, dev: of.dev, measures: of.measures, ...(model === undefined ? {} : { model }), ...this.#shared }, // prettier-ignore
      outputs: { checkpoints: 'checkpoints/', metrics: 'metrics.json', epochs: 'epochs.tsv' },
    });
  }

  predict(primary: string, seed: number, from: { readonly model: string } | { readonly checkpoints: string; readonly chosen: string }) {
    const { dev, others, eval_texts: texts, measures } = this.#of(primary);
    return this.#rig.run('predict', {
      params: { primary, seed, eval_batch: 64 },
      inputs: { ...from, dev, others, texts, measures, backend: this.#shared.backend },
      outputs: { predictions: 'predictions/', metrics: 'metrics.json' },
    });
  } // prettier-ignore

  #collected(output: 'rows' | 'dev') {
    return [...this.#prepared].map(([task, prepared]) => ({
      axes: { task },
      path: prepared[output],
    }));
  }

  #of(primary: string): Prepared {
    const found = this.#prepared.get(primary);
    if (found === undefined) throw new Error(`no task ${primary}`);
    return found;
  }

  #modelParams() {
    return { model: this.#params.model, label_scale: { stsb: 0.2 } };
  }

  async #withSplit<T>(seed: number, use: (split: string) => Promise<T>): Promise<T> {
    return use(await this.split(seed));
  }

  async #output(stage: string, run: StageRun, name: string): Promise<string> {
    return (await this.#rig.run(stage, run)).outputs[name] as string;
  }
}
