import type { InstanceId } from '../core/ids.ts';
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
  const at = text.indexOf('@');
  const head = at === -1 ? text : text.slice(0, at);
  const match = /^(probe\.[A-Za-z_][\w-]*|[A-Za-z_][\w-]*)(?:\.([A-Za-z_][\w-]*))?$/.exec(head);
  if (match === null) return undefined;
  const axes = new Map<string, string>();
  if (at !== -1) {
    for (const pair of text.slice(at + 1).split(',')) {
      const parts = /^([A-Za-z_][\w-]*)=(.*)$/.exec(pair);
      if (parts === null || axes.has(parts[1] as string)) return undefined;
      axes.set(parts[1] as string, canonicalValue(parts[2] as string));
    }
  }
  return {
    stage: match[1] as string,
    ...(match[2] === undefined ? {} : { output: match[2] }),
    axes,
  };
}

/** A value that a user typed, percent-encoded or not, in the form of `formatValue`. */
function canonicalValue(text: string): string {
  try {
    return formatValue(decodeURIComponent(text));
  } catch {
    return formatValue(text);
  }
}
