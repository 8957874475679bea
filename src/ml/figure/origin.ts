// What a figure's numbers come from, in the words below its title.
import path from 'node:path';
import type { About } from '../tasks/task.ts';

export interface Origin {
  /** `mini` or `glue`: the origin of GLUE's tasks. */
  readonly data: string;
  /** All tasks of the experiment. */
  readonly tasks: readonly About[];
  /** The name of the profile whose settings were used; null without one. */
  readonly settings: string | null;
  /** The folder of the pretrained encoder; null for a new one. */
  readonly encoder: string | null;
  readonly layers: number;
  readonly hidden: number;
}

/** @param params of a stage that draws: data, settings, encoder, model.layers and model.hidden */
export function readOrigin(
  params: {
    string(name: string): string;
    param(name: string): unknown;
    number(name: string): number;
  },
  tasks: readonly About[],
): Origin {
  const text = (name: string): string | null =>
    params.param(name) === null ? null : params.string(name);
  return {
    data: params.string('data'),
    tasks,
    settings: text('settings'),
    encoder: text('encoder'),
    layers: params.number('model.layers'),
    hidden: params.number('model.hidden'),
  };
}

/**
 * `mini: synthetic data`, `GLUE · profile paper · bert-base-cased`. Only mini with its defaults needs no
 * more: real data with a small encoder would read like a result.
 */
export function originTitle(origin: Origin): string {
  const { settings, encoder, layers, hidden } = origin;
  const mini = isMini(origin);
  const words = [dataTitle(origin)];
  if (settings !== null) words.push(`profile ${settings}`);
  else if (!mini) words.push('no profile');
  if (encoder !== null) words.push(path.basename(encoder));
  else if (!mini) words.push(`new encoder, ${layers} × ${hidden}`);
  return words.join(' · ');
}

/** The lines below a title: one for mini's defaults, two where the origin needs its own. */
export function subtitleLines(origin: Origin, of: string): readonly string[] {
  const title = originTitle(origin);
  const short = origin.settings === null && origin.encoder === null && isMini(origin);
  return short ? [`${title} · ${of}`] : [title, of];
}

/** Pixels above the plot. */
export function titleHeight(lines: readonly string[]): number {
  return 54 + 14 * (lines.length - 1);
}

/** The primary among the tasks. */
export function aboutOf({ tasks }: Origin, primary: string): About {
  const found = tasks.find(({ name }) => name === primary);
  if (found === undefined) throw new Error(`the primary ${primary} is not among the tasks`);
  return found;
}

/** Whether all rows are of the synthetic data set. */
function isMini({ data, tasks }: Origin): boolean {
  return data === 'mini' && tasks.every(({ origin }) => origin === 'glue');
}

function dataTitle({ data, tasks }: Origin): string {
  const glue = data === 'mini' ? 'mini: synthetic data' : data === 'glue' ? 'GLUE' : data;
  if (tasks.every(({ origin }) => origin === 'glue')) return glue;
  return tasks.some(({ origin }) => origin === 'glue') ? `own tasks and ${glue}` : 'own tasks';
}
