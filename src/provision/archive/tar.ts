// Reads a tar archive as npm packs it: POSIX's ustar, with pax records for long names.
import { checkEntryName } from './entry-name.ts';
import { ProvisionError } from '../failure.ts';

export interface TarFile {
  readonly name: string;
  readonly data: Buffer;
}

const BLOCK = 512;
/** Offset and length of a header's fields. */
const NAME = [0, 100] as const;
const SIZE = [124, 12] as const;
const SUM = [148, 8] as const;
const TYPE = 156;
const PREFIX = [345, 155] as const;

/**
 * Regular files, in their order. Links and the like are refused: npm packs none.
 *
 * @param archive its name, for messages
 * @throws ProvisionError where it is damaged, or holds what cannot be taken
 */
export function* tarFiles(tar: Buffer, archive: string): Generator<TarFile> {
  const damaged = (how: string) => new ProvisionError(`${archive} is damaged: ${how}`);
  /** A pax record's name for the entry that follows. */
  let named: string | undefined;
  for (let at = 0; ;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.length < BLOCK) throw damaged('it is cut off');
    if (header.every((byte) => byte === 0)) return;
    if (octal(header, SUM) !== sumOf(header)) throw damaged(`no header at byte ${at}`);
    const size = octal(header, SIZE);
    if (size === undefined) throw damaged(`no size at byte ${at}`);
    const start = at + BLOCK;
    const data = tar.subarray(start, start + size);
    if (data.length < size) throw damaged('it is cut off');
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[TYPE] as number);
    if (type === 'x') {
      named = paxPath(data) ?? named;
      continue;
    }
    const name = named ?? ownName(header);
    if (type === '0' || type === '\0') {
      checkEntryName(name, archive);
      yield { name, data };
    } else if (type !== '5' && type !== 'g') {
      throw new ProvisionError(`${archive} holds ${JSON.stringify(name)}, which is no regular file`); // prettier-ignore
    }
    named = undefined;
  }
}

function ownName(header: Buffer): string {
  const prefix = text(header, PREFIX);
  return prefix === '' ? text(header, NAME) : `${prefix}/${text(header, NAME)}`;
}

function text(header: Buffer, [at, length]: readonly [number, number]): string {
  const field = header.toString('utf8', at, at + length);
  const end = field.indexOf('\0');
  return end < 0 ? field : field.slice(0, end);
}

function octal(header: Buffer, field: readonly [number, number]): number | undefined {
  const digits = text(header, field).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** Of all bytes, those of the sum itself counted as spaces. */
function sumOf(header: Buffer): number {
  const [at, length] = SUM;
  return header.reduce((sum, byte, i) => sum + (i >= at && i < at + length ? 0x20 : byte), 0);
}

/** Records are `LENGTH KEY=VALUE\n`, LENGTH in bytes with itself. */
function paxPath(data: Buffer): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < data.length;) {
    const record = /^(\d+) /.exec(data.toString('latin1', at, at + 12));
    const length = Number(record?.[1] ?? 0);
    if (record === null || length <= record[0].length || at + length > data.length) return found;
    const [, key, value] = /^([^=]*)=(.*)\n$/s.exec(data.toString('utf8', at + record[0].length, at + length)) ?? []; // prettier-ignore
    if (key === 'path') found = value;
    at += length;
  }
  return found;
}
