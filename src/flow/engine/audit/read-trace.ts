import path from 'node:path';

// What `strace -f -y` writes: `PID call(args) = result`, file descriptors as `3</path>`, and in two parts
// where another process came between: `PID call(args <unfinished ...>`, `PID <... call resumed>args) = …`.

export type Access =
  | { readonly kind: 'read' | 'write'; readonly path: string }
  /** The names in a folder were listed. */
  | { readonly kind: 'list'; readonly path: string }
  | { readonly kind: 'connect'; readonly address: string };

/** Calls that change the file at their first path, or also at their second. */
const CHANGES: Readonly<Record<string, number>> = {
  creat: 1,
  mkdir: 1,
  mkdirat: 1,
  mknod: 1,
  mknodat: 1,
  rmdir: 1,
  unlink: 1,
  unlinkat: 1,
  truncate: 1,
  chmod: 1,
  fchmodat: 1,
  fchmodat2: 1,
  chown: 1,
  lchown: 1,
  fchownat: 1,
  setxattr: 1,
  lsetxattr: 1,
  utime: 1,
  utimes: 1,
  futimesat: 1,
  utimensat: 1,
  rename: 2,
  renameat: 2,
  renameat2: 2,
};
/** These calls create their second path. */
const LINKS: ReadonlySet<string> = new Set(['link', 'linkat', 'symlink', 'symlinkat']);
const FORKS: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);

/** Converts lines of a trace to successful accesses with absolute paths. */
export class TraceReader {
  readonly #start: string;
  readonly #folders = new Map<string, string>();
  readonly #unfinished = new Map<string, string>();

  /** @param start working directory of the first process */
  constructor(start: string) {
    this.#start = start;
  }

  read(line: string): readonly Access[] {
    const [, pid = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const whole = this.#join(pid, text);
    const parts = whole === undefined ? null : /^(\w+)\((.*)\) += (.*)$/.exec(whole);
    if (parts === null) return [];
    const [, call = '', args = '', result = ''] = parts;
    const words = argumentsOf(args);
    const at = words.find((word) => word.startsWith('AT_FDCWD<'));
    if (at !== undefined) this.#folders.set(pid, fdPath(at) ?? this.#start);
    if (result.startsWith('-1') && call !== 'connect') return [];
    return this.#accesses(pid, call, words, result);
  }

  #join(pid: string, text: string): string | undefined {
    const begun = /^(.*) ?<unfinished \.\.\.>$/.exec(text);
    if (begun !== null) {
      this.#unfinished.set(pid, begun[1] ?? '');
      return undefined;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    if (resumed === null) return text;
    const first = this.#unfinished.get(pid) ?? '';
    this.#unfinished.delete(pid);
    return first + (resumed[1] ?? '');
  }

  #accesses(
    pid: string,
    call: string,
    words: readonly string[],
    result: string,
  ): readonly Access[] {
    const folder = this.#folders.get(pid) ?? this.#start;
    const paths = pathsOf(words, folder);
    if (FORKS.has(call)) {
      const child = /^\d+/.exec(result)?.[0];
      if (child !== undefined && !this.#folders.has(child)) this.#folders.set(child, folder);
      return [];
    }
    if (call === 'chdir' && paths[0] !== undefined) this.#folders.set(pid, paths[0]);
    if (call === 'fchdir') this.#folders.set(pid, fdPath(words[0] ?? '') ?? folder);
    if (call === 'connect') return connection(words);
    if (call.startsWith('getdents')) return access('list', fdPath(words[0] ?? ''));
    if (call.startsWith('exec')) return access('read', paths[0]);
    if (call.startsWith('open')) return opened(fdPath(result), words);
    if (LINKS.has(call)) return access('write', paths.at(-1));
    const changed = CHANGES[call];
    if (changed === undefined) return [];
    // Only a descriptor: `utimensat(3</path>, NULL, …)`.
    if (paths.length === 0) return access('write', fdPath(words[0] ?? ''));
    return paths.slice(0, changed).flatMap((each) => access('write', each));
  }
}

function access(kind: 'read' | 'write' | 'list', file: string | undefined): readonly Access[] {
  return file?.startsWith('/') === true ? [{ kind, path: file }] : [];
}

/** The descriptor's path is the real one, behind all links. Folders count when their names are read. */
function opened(file: string | undefined, words: readonly string[]): readonly Access[] {
  const flags = words.find((word) => /\bO_(RDONLY|WRONLY|RDWR|PATH)\b/.test(word)) ?? '';
  if (/\bO_(PATH|DIRECTORY)\b/.test(flags)) return [];
  const writes = /\bO_(WRONLY|RDWR|CREAT|TRUNC)\b/.test(flags);
  const reads = /\bO_(RDONLY|RDWR)\b/.test(flags) && !/\bO_TRUNC\b/.test(flags);
  return [...(reads ? access('read', file) : []), ...(writes ? access('write', file) : [])];
}

function connection(words: readonly string[]): readonly Access[] {
  const text = words.join(', ');
  const port = /sin6?_port=htons\((\d+)\)/.exec(text)?.[1];
  const host = /inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/.exec(text);
  const address = host?.[1] ?? host?.[2];
  if (address === undefined || /^(127\.|::1$|::ffff:127\.)/.test(address)) return [];
  return [{ kind: 'connect', address: port === undefined ? address : `${address}:${port}` }];
}

/** Strings among the arguments, each relative to the descriptor before it or the working directory. */
function pathsOf(words: readonly string[], folder: string): readonly string[] {
  return words.flatMap((word, index) => {
    if (!word.startsWith('"')) return [];
    const base = fdPath(words[index - 1] ?? '') ?? folder;
    return [path.resolve(base, decode(word.slice(1, word.lastIndexOf('"'))))];
  });
}

/** `3</path>`, `AT_FDCWD</path>` */
function fdPath(word: string): string | undefined {
  const found = /^(?:AT_FDCWD|\d+)<([^<>]*)/.exec(word)?.[1];
  return found?.startsWith('/') === true ? decode(found.replace(/ ?\(deleted\)$/, '')) : undefined;
}

/** Splits at commas outside strings, brackets and paths of descriptors. */
function argumentsOf(text: string): readonly string[] {
  return text.match(/(?:"(?:[^"\\]|\\.)*"(?:\.{3})?|<[^>]*>|\{[^}]*\}|\[[^\]]*\]|[^,"<{[])+/g)?.map((word) => word.trim()) ?? []; // prettier-ignore
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' };

/** strace writes bytes that are not plain ASCII as C does: \n, \76, \303\251. */
function decode(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = text.replaceAll(/\\([0-7]{1,3}|.)/g, (_, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(parseInt(code, 8)) : (ESCAPES[code] ?? code),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
