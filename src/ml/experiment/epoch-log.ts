// The epochs of a fine-tuning: their models, losses and dev metrics, for the stage's outputs and for an
// attempt that resumes.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'; // prettier-ignore
import path from 'node:path';
import { replaceFile, syncFile } from '../replace-file.ts';
import type { EpochLosses } from '../train/train.ts';
import { bestEpoch, choiceValue } from './choice.ts';
import type { DevMetrics } from './choice.ts';

export interface EpochRecord {
  /** 0: before the first step. */
  readonly epoch: number;
  /** null for epoch 0. */
  readonly losses: EpochLosses | null;
  readonly dev: DevMetrics;
}

export class EpochLog {
  readonly #folder: string;
  readonly #keep: string;
  #records: EpochRecord[] = [];

  /**
   * @param folder of the epochs' models: `epoch-0`, `epoch-1`, …
   * @param checkpoint a folder that outlives the process
   */
  constructor(folder: string, checkpoint: string) {
    this.#folder = folder;
    this.#keep = path.join(checkpoint, 'epochs');
  }

  get records(): readonly EpochRecord[] {
    return this.#records;
  }

  /** The folder of an epoch's model. */
  model(epoch: number): string {
    return path.join(this.#folder, `epoch-${epoch}`);
  }

  add(record: EpochRecord): void {
    this.#records.push(record);
  }

  /** Keeps the epochs so far. Call it before the state of the training is saved. */
  save(): void {
    mkdirSync(this.#keep, { recursive: true });
    for (const { epoch } of this.#records) {
      const kept = path.join(this.#keep, `epoch-${epoch}`);
      if (existsSync(kept)) continue;
      rmSync(`${kept}.new`, { recursive: true, force: true });
      cpSync(this.model(epoch), `${kept}.new`, { recursive: true });
      syncFiles(`${kept}.new`);
      renameSync(`${kept}.new`, kept);
    }
    // JSON has no NaN. A number's text reads back as the same number.
    const text = JSON.stringify(this.#records, (_, value: unknown) =>
      typeof value === 'number' && Number.isNaN(value) ? 'NaN' : value,
    );
    replaceFile(path.join(this.#keep, 'epochs.json'), (file) => writeFileSync(file, text));
  }

  /**
   * Restores the epochs up to the given one, and their models.
   * @throws naming what is absent or damaged; then all epochs are removed
   */
  restore(epochs: number): void {
    try {
      // Epochs after the saved state may have been kept too: they are computed again.
      const records = this.#kept().filter(({ epoch }) => epoch <= epochs);
      for (const { epoch } of records) {
        cpSync(path.join(this.#keep, `epoch-${epoch}`), this.model(epoch), { recursive: true });
      }
      this.#records = records;
    } catch (error) {
      // Copies of read-only inputs are read-only and could not be overwritten.
      for (const folder of [this.#folder, this.#keep]) rmSync(folder, { recursive: true, force: true }); // prettier-ignore
      throw error;
    }
  }

  #kept(): readonly EpochRecord[] {
    const file = path.join(this.#keep, 'epochs.json');
    const text = readFileSync(file, 'utf8');
    try {
      return JSON.parse(text, (_, value: unknown) => (value === 'NaN' ? NaN : value)) as readonly EpochRecord[]; // prettier-ignore
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** The chosen epoch. */
  best(): EpochRecord {
    return this.#records[bestEpoch(this.#records.map(({ dev }) => dev))] as EpochRecord;
  }

  /** Removes the models of all epochs but the chosen one. */
  dropOthers(): void {
    const { epoch: best } = this.best();
    for (const { epoch } of this.#records) {
      if (epoch !== best) rmSync(this.model(epoch), { recursive: true, force: true });
    }
  }

  /** epochs.tsv: epoch, task_loss, the task's dev metrics, and the value that the choice maximises. */
  table(): string {
    const names = Object.keys(this.#records[0]?.dev ?? {});
    const lines = this.#records.map(({ epoch, losses, dev }) =>
      [epoch, losses?.task ?? '', ...names.map((name) => dev[name]), choiceValue(dev)].join('\t'),
    );
    return `${[['epoch', 'task_loss', ...names, 'choice'].join('\t'), ...lines].join('\n')}\n`;
  }
}

function syncFiles(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) syncFile(path.join(entry.parentPath, entry.name));
  }
}
