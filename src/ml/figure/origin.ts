// What a figure's numbers come from, in the words below its title.
import path from 'node:path';

export interface Origin {
  readonly data: string;
  /** The name of the profile whose settings were used; null without one. */
  readonly settings: string | null;
  /** The folder of the pretrained encoder; null for a new one. */
  readonly encoder: string | null;
  readonly layers: number;
  readonly hidden: number;
}

/** @param params of a stage that draws: data, settings, encoder, model.layers and model.hidden */
export function readOrigin(params: {
  string(name: string): string;
  param(name: string): unknown;
  number(name: string): number;
}): Origin {
  const text = (name: string): string | null =>
    params.param(name) === null ? null : params.string(name);
  return {
    data: params.string('data'),
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
export function originTitle({ data, settings, encoder, layers, hidden }: Origin): string {
  const mini = data === 'mini';
  const words = [mini ? 'mini: synthetic data' : data === 'glue' ? 'GLUE' : data];
  if (settings !== null) words.push(`profile ${settings}`);
  else if (!mini) words.push('no profile');
  if (encoder !== null) words.push(path.basename(encoder));
  else if (!mini) words.push(`new encoder, ${layers} × ${hidden}`);
  return words.join(' · ');
}

/** The lines below a title: one for mini's defaults, two where the origin needs its own. */
export function subtitleLines(origin: Origin, of: string): readonly string[] {
  const title = originTitle(origin);
  const short = origin.settings === null && origin.encoder === null && origin.data === 'mini';
  return short ? [`${title} · ${of}`] : [title, of];
}

/** Pixels above the plot. */
export function titleHeight(lines: readonly string[]): number {
  return 54 + 14 * (lines.length - 1);
}
