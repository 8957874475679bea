import type { InstanceId } from '../core/ids.ts';
import { namePattern } from '../core/name-pattern.ts';
import { axesOf, stageOf } from '../core/names.ts';
import type { AxisValue, Axes } from './dag.ts';

/** `train-td@disc=bce,seed=0`: needs no quoting in bash, zsh or fish. */
export function formatInstanceId(stage: string, axes: Axes): InstanceId {
  const values = Object.entries(axes).map(([axis, value]) => `${axis}=${formatValue(value)}`);
  return (values.length === 0 ? stage : `${stage}@${values.join(',')}`) as InstanceId;
}

/** Percent-encoded outside `[A-Za-z0-9._+-]`, by UTF-8 bytes. */
export function formatValue(value: AxisValue): string {
  return [...new TextEncoder().encode(String(value))]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._+-]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

export interface Reference {
  /** `probe.NAME` for a probe. */
  readonly stage: string;
  readonly output?: string;
  /** Axis -> formatted value. */
  readonly axes: ReadonlyMap<string, string>;
}

/** `STAGE[.OUTPUT][@axis=value,…]`; undefined if the text is not a reference. */
export function parseReference(text: string): Reference | undefined {
  const match = /^(probe\.[A-Za-z_][\w-]*|[A-Za-z_][\w-]*)(?:\.([A-Za-z_][\w-]*))?$/.exec(
    stageOf(text),
  );
  if (match === null) return undefined;
  const axes = parseAxes(text);
  if (axes === undefined) return undefined;
  return {
    stage: match[1] as string,
    ...(match[2] === undefined ? {} : { output: match[2] }),
    axes,
  };
}

export interface StagePattern {
  readonly matches: (stage: string) => boolean;
  /** Axis -> formatted value. */
  readonly axes: ReadonlyMap<string, string>;
}

/** `train-*[@axis=value,…]`: a reference with `*` or `?` in the stage's name. Undefined if it has none. */
export function parseStagePattern(text: string): StagePattern | undefined {
  const head = stageOf(text);
  const axes = parseAxes(text);
  if (!/^[\w.-]*[*?][\w.*?-]*$/.test(head) || axes === undefined) return undefined;
  const name = namePattern(head);
  const probes = head.startsWith('probe.');
  return { axes, matches: (stage) => stage.startsWith('probe.') === probes && name.test(stage) };
}

/** What follows the `@`; undefined if that is no list of axes. */
function parseAxes(text: string): ReadonlyMap<string, string> | undefined {
  const axes = new Map<string, string>();
  for (const pair of axesOf(text)) {
    const parts = /^([A-Za-z_][\w-]*)=(.*)$/.exec(pair);
    if (parts === null || axes.has(parts[1] as string)) return undefined;
    axes.set(parts[1] as string, canonicalValue(parts[2] as string));
  }
  return axes;
}

/** A value that a user typed, percent-encoded or not, in the form of `formatValue`. */
function canonicalValue(text: string): string {
  try {
    return formatValue(decodeURIComponent(text));
  } catch {
    return formatValue(text);
  }
}
