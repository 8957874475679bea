import type { RunId } from '../../core/ids.ts';

const RUN_ID = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-([0-9a-f]{6})$/;

/**
 * `20261123-175959-3f9a2c`, in UTC: the last part is the millisecond, then chance, so that ids sort by
 * time within a second, too. `newest`: the last one of the cache; where a clock was set back since, the id
 * follows that one all the same, so that the order of ids is the order of runs.
 */
export function newRunId(at: Date, newest?: RunId): RunId {
  const id = idAt(at);
  if (newest === undefined || id > newest) return id;
  const begun = startOf(newest);
  // In one millisecond chance decides, as it did when both were drawn.
  return begun > at.getTime() ? idAt(new Date(begun + 1)) : id;
}

/** Milliseconds since the epoch. */
function startOf(id: RunId): number {
  const [, year, month, day, hour, minute, second, rest = ''] = RUN_ID.exec(id) ?? [];
  const whole = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return whole + Math.floor(Number.parseInt(rest, 16) / 0x1000);
}

function idAt(at: Date): RunId {
  const [date = '', time = ''] = at
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .split('T');
  const chance = Math.floor(Math.random() * 0x1000);
  const rest = at.getUTCMilliseconds() * 0x1000 + chance;
  return `${date}-${time}-${rest.toString(16).padStart(6, '0')}` as RunId;
}

export function isRunId(text: string): text is RunId {
  return RUN_ID.test(text);
}
