import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errorCode } from '../../core/system-error.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { parseIdentity } from './process-identity.ts';

/** What a process says of a name: it wants it, has it, or has let it go. */
export type Mark = '?' | '+' | '-';

export interface Holder extends ProcessIdentity {
  /** What a waiting run calls it. */
  readonly label: string;
}

/** The beginning of a file of claims. */
export const headOf = (holder: Holder): string => `${JSON.stringify(holder)}\n`;

/** One line of a file of claims. */
export const lineOf = (mark: Mark, name: string): string => `${mark} ${name}\n`;

/** A file of claims that only grows, read further each time. Damaged lines say nothing. */
export class ClaimsFile {
  readonly path: string;
  readonly #marks = new Map<string, '?' | '+'>();
  #holder: Holder | undefined;
  #read = 0;
  #mtimeMs = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** undefined: its first line does not say. */
  get holder(): Holder | undefined {
    return this.#holder;
  }

  /** When its process wrote or touched it last, by the clock of the file system. */
  get mtimeMs(): number {
    return this.#mtimeMs;
  }

  markOf(name: string): '?' | '+' | undefined {
    return this.#marks.get(name);
  }

  /** false: it is gone. Opened each time, because an NFS client asks for what others wrote when it opens. */
  refresh(): boolean {
    let fd: number;
    try {
      fd = openSync(this.path, 'r');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
    try {
      const { size, mtimeMs } = fstatSync(fd);
      this.#mtimeMs = mtimeMs;
      const bytes = Buffer.alloc(Math.max(0, size - this.#read));
      const read = readSync(fd, bytes, 0, bytes.length, this.#read);
      // The last line may be written at this moment.
      this.#take(bytes.subarray(0, bytes.lastIndexOf(0x0a, read - 1) + 1));
      return true;
    } finally {
      closeSync(fd);
    }
  }

  #take(whole: Buffer): void {
    const lines = whole.toString('utf8').split('\n').slice(0, -1);
    if (this.#read === 0 && lines.length > 0) this.#holder = parseHead(lines.shift() ?? '');
    this.#read += whole.length;
    for (const line of lines) {
      const [mark, name = ''] = line.split(' ');
      if (mark === '?' || mark === '+') this.#marks.set(name, mark);
      else if (mark === '-') this.#marks.delete(name);
    }
  }
}

function parseHead(line: string): Holder | undefined {
  try {
    const value = JSON.parse(line) as Partial<Holder> | null;
    const identity = parseIdentity(value);
    return identity && { ...identity, label: String(value?.label ?? '') };
  } catch {
    return undefined;
  }
}
