/** What stands in a secret's place. */
const MASK = '***';
/** Lines of a secret of several, such as a private key, are masked one by one, too. */
const MIN_LINES = 8;

/**
 * Takes secrets out of a stream of bytes, also where a chunk ends in the middle of one. Known as they stand,
 * as JSON and as URLs write them, and line by line; not where a program encodes or splits them itself.
 */
export class Redactor {
  /** In latin1, one character a byte, so that a chunk may end inside a character. */
  readonly #patterns: readonly string[];
  readonly #matcher: RegExp;
  readonly #longest: number;
  #rest = '';

  constructor(secrets: readonly string[]) {
    this.#patterns = patternsOf(secrets);
    // The longest first: one secret may begin with another.
    this.#matcher = new RegExp(this.#patterns.map(escapeRegExp).join('|') || '(?!)', 'g');
    this.#longest = this.#patterns[0]?.length ?? 0;
  }

  /** What can be passed on; the beginning of what may become a secret waits for the next chunk. */
  push(chunk: Uint8Array): Buffer {
    const text = this.#rest + Buffer.from(chunk).toString('latin1');
    const doubtful = this.#beginnings(text);
    let clean = '';
    let position = 0;
    let hold: number | undefined;
    for (const match of text.matchAll(this.#matcher)) {
      hold = doubtful.find((at) => at >= position && at <= match.index);
      if (hold !== undefined) break;
      clean += text.slice(position, match.index) + MASK;
      position = match.index + match[0].length;
    }
    hold ??= doubtful.find((at) => at >= position) ?? text.length;
    this.#rest = text.slice(hold);
    return Buffer.from(clean + text.slice(position, hold), 'latin1');
  }

  /** What waited: nothing comes any more. */
  end(): Buffer {
    const rest = this.#rest.replaceAll(this.#matcher, MASK);
    this.#rest = '';
    return Buffer.from(rest, 'latin1');
  }

  /** A whole text. */
  text(text: string): string {
    const bytes = Buffer.from(text, 'utf8').toString('latin1');
    return Buffer.from(bytes.replaceAll(this.#matcher, MASK), 'latin1').toString('utf8');
  }

  /** Where the end of a text is the beginning of a secret, in order. */
  #beginnings(text: string): readonly number[] {
    const found: number[] = [];
    for (let at = Math.max(0, text.length - this.#longest + 1); at < text.length; at++) {
      const tail = text.slice(at);
      const begins = this.#patterns.some(
        (pattern) => pattern.length > tail.length && pattern.startsWith(tail),
      );
      if (begins) found.push(at);
    }
    return found;
  }
}

function patternsOf(secrets: readonly string[]): readonly string[] {
  const forms = secrets.flatMap((secret) => [
    secret,
    // A program that reads one drops what ends its line.
    secret.trim(),
    // What a stage tells of itself is shown in one line (stage-events.ts).
    secret.trim().replaceAll(/[\t\r\n]+/g, ' '),
    JSON.stringify(secret).slice(1, -1),
    urlForm(secret),
    ...secret.split(/\r?\n/u).filter((line) => line.length >= MIN_LINES),
  ]);
  const patterns = forms.map((form) => Buffer.from(form, 'utf8').toString('latin1'));
  return [...new Set(patterns.filter((pattern) => pattern !== ''))].sort(
    (a, b) => b.length - a.length,
  );
}

/** As it stands where it is no text that a URL could hold. */
function urlForm(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    return secret;
  }
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
