// A training's state on disk: one safetensors file.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readSafetensorsFile, writeSafetensors } from '../hf/safetensors.ts';
import { replaceFile } from '../replace-file.ts';
import type { LearnerState } from './learner.ts';
import type { Position } from './train.ts';

export interface SavedTraining {
  readonly position: Position;
  readonly learner: LearnerState;
}

const FILE = 'training.safetensors';
const VERSION = 1;

export function saveTraining(folder: string, { position, learner }: SavedTraining): void {
  mkdirSync(folder, { recursive: true });
  const state = JSON.stringify({ version: VERSION, position, counters: learner.counters });
  replaceFile(path.join(folder, FILE), (file) =>
    writeSafetensors(file, learner.tensors, { training: state }),
  );
}

/**
 * @param onDamage called with the reason why an existing state cannot be used
 * @returns undefined if no complete state was saved; the training then starts from the beginning
 */
export function loadTraining(
  folder: string,
  onDamage: (message: string) => void,
): SavedTraining | undefined {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return undefined;
  try {
    const { weights, metadata } = readSafetensorsFile(file);
    const state = JSON.parse(metadata['training'] as string) as {
      readonly version: number;
      readonly position: Position;
      readonly counters: LearnerState['counters'];
    };
    if (state.version !== VERSION)
      throw new Error(`${file}: version ${state.version} is not known`);
    return {
      position: state.position,
      learner: { tensors: weights, counters: state.counters },
    };
  } catch (error) {
    onDamage((error as Error).message);
    rmSync(file);
    return undefined;
  }
}
