import type { Json, JsonObject } from '../../core/json.ts';
import type { Change } from '../../key/explain.ts';
import { plural, shortDigest } from '../format.ts';
import { visible } from '../printable.ts';
import { truncate } from '../text-width.ts';

/** `param NUM: 500 -> 1000`, `code stages/x.ts changed`. */
export function describeChange(change: Change): string {
  const { subject, what } = changeParts(change);
  return `${subject}${what}`;
}

/**
 * The subject of a change and the way it changed, so that the changes of several instances can be
 * grouped by subject.
 */
export function changeParts({ kind, name, old, new: now }: Change): {
  readonly subject: string;
  readonly what: string;
} {
  const subject = name === '' ? kind : `${kind} ${name}`;
  if (old === undefined) return { subject, what: ' is new' };
  if (now === undefined) return { subject, what: ' is gone' };
  const [before, after] = [short(old), short(now)];
  if (before === undefined || after === undefined) return { subject, what: ' changed' };
  return { subject, what: `: ${before} -> ${after}` };
}

/** Undefined if a value is useless for a user, or too long. */
function short(value: Json): string | undefined {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.includes('sha256:') || text.length > 60 ? undefined : text;
}

/** Keeps cells narrow: shortens digests, and ends long values with an ellipsis. */
const MAX_VALUE_CHARACTERS = 48;

/**
 * If the content of an input is equal, its other differences. For long values, the place of the
 * difference.
 */
export function changeCells({ old, new: now }: Change): readonly [string, string] {
  const [before, after] = [cell(old), cell(now)];
  if (before !== after || old === undefined || now === undefined) return windows(before, after);
  return windows(visible(JSON.stringify(old)), visible(JSON.stringify(now)));
}

function cell(value: Json | undefined): string {
  if (value === undefined) return '(none)';
  if (typeof value === 'string')
    return value.startsWith('sha256:') ? shortDigest(value) : visible(value);
  const digests = isList(value) ? value.map(digestOf) : [digestOf(value)];
  if (digests.some((digest) => digest === undefined)) return visible(JSON.stringify(value));
  return isList(value) ? plural(digests.length, 'artifact') : shortDigest(digests[0] ?? '');
}

/** The number of common characters to show before the difference. */
const CONTEXT = 12;

/** The same for changes of one subject in several instances: values that differ are counted. */
export function unionCells(
  changes: readonly [Change, ...(readonly Change[])],
): readonly [string, string] {
  const [was, is] = changeCells(changes[0]);
  const side = (value: (change: Change) => Json | undefined, one: string): string => {
    const values = new Set(changes.map((change) => JSON.stringify(value(change))));
    return values.size === 1 ? one : `${values.size} values`;
  };
  return [side((change) => change.old, was), side((change) => change.new, is)];
}

/** The beginning of both texts, or the part around the first difference. */
export function windows(
  before: string,
  after: string,
  width = MAX_VALUE_CHARACTERS,
): readonly [string, string] {
  const most = Math.max(before.length, after.length);
  let same = 0;
  while (same < most && before[same] === after[same]) same++;
  const from = most > width && same > CONTEXT ? same - CONTEXT : 0;
  const window = (text: string): string =>
    truncate(from === 0 ? text : `…${text.slice(from)}`, width);
  return [window(before), window(after)];
}

/** The digest of an input in the manifest. */
function digestOf(value: Json): string | undefined {
  if (value === null || typeof value !== 'object' || isList(value)) return undefined;
  const { digest } = value as JsonObject;
  return typeof digest === 'string' ? digest : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
