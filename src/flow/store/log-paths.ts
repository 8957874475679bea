import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/** The cache of a log, `<cache>/runs/<id>/logs/<name>`. */
export const cacheOfLog = (log: string): string => dirname(dirname(dirname(dirname(log))));

/**
 * Gives the files of a scratch folder in a log the paths that they have in the project: a traceback names
 * `stages/x.py`, not a copy that is gone when a user reads it.
 */
export class LogPaths {
  readonly #inText: RegExp;
  /** In latin1, one character a byte, so that a chunk may end inside a character. */
  readonly #inBytes: RegExp;
  #rest = '';

  constructor(cacheRoot: string) {
    const roots = new Set([cacheRoot, realOf(cacheRoot)]);
    this.#inText = patternOf([...roots]);
    this.#inBytes = patternOf([...roots].map((root) => Buffer.from(root).toString('latin1')));
  }

  text(text: string): string {
    return text.replaceAll(this.#inText, '');
  }

  /** What can be printed; the last line waits for its end, or for `end`. */
  push(chunk: Uint8Array): Buffer {
    const text = this.#rest + Buffer.from(chunk).toString('latin1');
    const whole = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    this.#rest = text.slice(whole);
    return this.#replaced(text.slice(0, whole));
  }

  /** What waited: nothing more comes for now. */
  end(): Buffer {
    const rest = this.#rest;
    this.#rest = '';
    return this.#replaced(rest);
  }

  #replaced(text: string): Buffer {
    return Buffer.from(text.replaceAll(this.#inBytes, ''), 'latin1');
  }
}

/** `tmp/<process>/<attempt>/` of the cache, and the short path to it: see `Workspace` and `ShortPath`. */
function patternOf(roots: readonly string[]): RegExp {
  const folders = roots.map((root) => `${escape(root)}/tmp/[1-9][0-9]*-[0-9a-f]{8}-[0-9a-f]+`);
  const all = [...folders, '/tmp/flow-[A-Za-z0-9]{6}/r'].join('|');
  return new RegExp(`(?:file://)?(?:${all})/[0-9]+/(?:code/)?`, 'g');
}

function realOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
