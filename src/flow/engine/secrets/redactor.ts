import { writingsOf } from './writings.ts';
import type { Writings } from './writings.ts';

/** What stands in a secret's place. */
const MASK = '***';
/** Lines of a secret of several, such as a private key, are masked one by one, too. */
const MIN_LINES = 8;

/**
 * Takes secrets out of a stream of bytes, also where a chunk ends in the middle of one. Known as programs write
 * them (writings.ts), and line by line; not where a program splits one or encodes it as a whole (base64).
 */
export class Redactor {
  /** In latin1, one character a byte, so that a chunk may end inside a character. */
  readonly #patterns: readonly Writings[];
  /** The first bytes of all writings. */
  readonly #firsts: RegExp;
  #rest = '';

  constructor(secrets: readonly string[]) {
    // The longest first: one secret may begin with another.
    const texts = variantsOf(secrets).sort((a, b) => b.length - a.length);
    this.#patterns = texts.map(writingsOf);
    const firsts = new Set(
      this.#patterns.flatMap(([ways = []]) => ways.map((way) => way[0] ?? '')),
    );
    this.#firsts = new RegExp([...firsts].map(escapeRegExp).join('|') || '(?!)', 'g');
  }

  /** What can be passed on; the beginning of what may become a secret waits for the next chunk. */
  push(chunk: Uint8Array): Buffer {
    const { clean, rest } = this.#mask(this.#rest + Buffer.from(chunk).toString('latin1'), false);
    this.#rest = rest;
    return Buffer.from(clean, 'latin1');
  }

  /** What waited: nothing comes any more. */
  end(): Buffer {
    const { clean } = this.#mask(this.#rest, true);
    this.#rest = '';
    return Buffer.from(clean, 'latin1');
  }

  /** A whole text. */
  text(text: string): string {
    const { clean } = this.#mask(Buffer.from(text, 'utf8').toString('latin1'), true);
    return Buffer.from(clean, 'latin1').toString('utf8');
  }

  /** `rest`: what can become a secret; nothing where the text is `whole`. */
  #mask(text: string, whole: boolean): { readonly clean: string; readonly rest: string } {
    let clean = '';
    let position = 0;
    const firsts = new RegExp(this.#firsts);
    for (;;) {
      const at = firsts.exec(text)?.index;
      if (at === undefined) return { clean: clean + text.slice(position), rest: '' };
      const found = this.#patterns.map((pattern) => follow(pattern, text, at));
      if (!whole && found.some(({ open }) => open)) {
        return { clean: clean + text.slice(position, at), rest: text.slice(at) };
      }
      const end = found.find((each) => each.end !== undefined)?.end;
      if (end !== undefined) {
        clean += text.slice(position, at) + MASK;
        position = end;
      }
      firsts.lastIndex = end ?? at + 1;
    }
  }
}

/**
 * Whether a writing begins here. `end`: where the longest one ends. `open`: the text ends in the middle of one.
 * Follows all ways at once: to try one after another can take for ever (a secret of many backslashes).
 */
function follow(
  pattern: Writings,
  text: string,
  from: number,
): { readonly end?: number; readonly open: boolean } {
  let open = false;
  /** Where the next character of the secret can begin. */
  let reached: readonly number[] = [from];
  for (const ways of pattern) {
    const next = new Set<number>();
    for (const at of reached) {
      const left = text.length - at;
      for (const way of ways) {
        if (way.length <= left) {
          if (text.startsWith(way, at)) next.add(at + way.length);
        } else open ||= way.startsWith(text.slice(at));
      }
    }
    if (next.size === 0) return { open };
    reached = [...next];
  }
  return { end: Math.max(...reached), open };
}

/** What a program that reads a secret may take for it. */
function variantsOf(secrets: readonly string[]): string[] {
  const texts = secrets.flatMap((secret) => [
    secret,
    // A program that reads one drops what ends its line.
    secret.trim(),
    // What a stage tells of itself is shown in one line (stage-events.ts).
    secret.trim().replaceAll(/[\t\r\n]+/g, ' '),
    ...secret.split(/\r?\n/u).filter((line) => line.length >= MIN_LINES),
  ]);
  return [...new Set(texts)].filter((text) => text !== '');
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
