import { posix } from 'node:path';
import type { Diagnostic, Location } from '../../core/diagnostic.ts';
import { suggest } from '../nearest.ts';
import type { SourceFile, Span } from '../source-file.ts';
import { child, type Entry, plain, type Tree } from '../yaml/tree.ts';

/**
 * A program of the project that flow starts: listed under `commands:` or `doctor:` of flow.yaml.
 */
export interface Program {
  readonly name: string;
  /** A description in one line. */
  readonly description: string;
  readonly command:
    | { readonly kind: 'ts'; readonly entry: string }
    | { readonly kind: 'cmd'; readonly argv: readonly string[] };
  /** The words after the command's name: `add NAME | list`. */
  readonly usage: string;
  readonly examples: readonly string[];
  /** The place of its name in flow.yaml. */
  readonly location: Location;
}

const KEYS = {
  commands: ['description', 'ts', 'cmd', 'usage', 'examples'],
  doctor: ['description', 'ts', 'cmd'],
} as const;

/** Reads `commands:` or `doctor:`; adds mistakes to `found`. */
export function readPrograms(
  section: keyof typeof KEYS,
  entry: Entry,
  file: SourceFile,
  found: Diagnostic[],
): readonly Program[] {
  const report = (code: string, message: string, span: Span, hint: string): undefined => {
    found.push({ code, message, hint, location: file.at(span) });
  };
  if (entry.value.kind !== 'map') {
    const hint = `write ${section}: { NAME: { description: …, ts: FILE } }`;
    report(
      'wrong-type',
      `'${section}' must be a mapping of names to programs`,
      entry.keySpan,
      hint,
    );
    return [];
  }
  const programs = [...entry.value.entries.values()].map((one): Program | undefined => {
    const what = `${section === 'commands' ? 'command' : 'check'} '${one.key}'`;
    const before = found.length;
    if (!/^[a-z][a-z0-9-]*$/.test(one.key)) {
      const hint = 'begin the name with a lower-case letter';
      report('bad-name', `${what}: a name can only contain a-z, 0-9 and -`, one.keySpan, hint);
    }
    if (one.value.kind !== 'map') {
      const hint = `${one.key}: { description: …, ts: FILE }`;
      return report('wrong-type', `${what} must be a mapping`, one.keySpan, hint);
    }
    for (const { key, keySpan } of one.value.entries.values()) {
      const known: readonly string[] = KEYS[section];
      if (known.includes(key)) continue;
      report('unknown-key', `${what} has no key '${key}'`, keySpan, suggest(key, known, 'keys'));
    }
    const description = textOf(child(one.value, 'description'));
    if (description === undefined) {
      report('missing-key', `${what} has no description`, one.keySpan, 'add a description in one line'); // prettier-ignore
    }
    const command = commandOf(one, what, report);
    const usage = child(one.value, 'usage');
    const examples = child(one.value, 'examples');
    if (usage !== undefined && textOf(usage) === undefined) {
      report(
        'wrong-type',
        `'usage' of ${what} must be a string`,
        usage.span,
        'write usage: add NAME | list',
      );
    }
    if (examples !== undefined && textsOf(examples) === undefined) {
      const hint = `write examples: [flow ${one.key}]`;
      report(
        'wrong-type',
        `'examples' of ${what} must be a list of command lines`,
        examples.span,
        hint,
      );
    }
    if (description === undefined || command === undefined || found.length > before) return;
    return {
      name: one.key,
      description,
      command,
      usage: textOf(usage) ?? '',
      examples: textsOf(examples) ?? [],
      location: file.at(one.keySpan),
    };
  });
  return programs.filter((program) => program !== undefined);
}

function commandOf(
  { value, keySpan }: Entry,
  what: string,
  report: (code: string, message: string, span: Span, hint: string) => undefined,
): Program['command'] | undefined {
  const [ts, cmd] = [child(value, 'ts'), child(value, 'cmd')];
  if ((ts === undefined) === (cmd === undefined)) {
    const message = `${what} has ${ts === undefined ? 'no program' : "'ts' and 'cmd'; only one is allowed"}`;
    return report(
      'one-command',
      message,
      keySpan,
      "write 'ts: FILE' or 'cmd: [PROGRAM, ARGUMENT]'",
    );
  }
  if (cmd !== undefined) {
    const argv = textsOf(cmd);
    if (argv !== undefined && argv.length > 0) return { kind: 'cmd', argv };
    const hint = 'cmd: [python3, tools/x.py]';
    return report('wrong-type', `'cmd' of ${what} must be a list of words`, cmd.span, hint);
  }
  const entry = textOf(ts);
  if (entry === undefined || !/\.[cm]?[jt]s$/.test(entry)) {
    const hint = 'ts: commands/x.ts';
    return report(
      'wrong-type',
      `'ts' of ${what} must be a TypeScript file`,
      (ts as Tree).span,
      hint,
    );
  }
  const normal = posix.normalize(entry);
  if (posix.isAbsolute(entry) || normal.startsWith('..')) {
    const hint = 'write the path of a file in the project: ts: commands/x.ts';
    return report('outside-root', `'${entry}' is outside the project`, (ts as Tree).span, hint);
  }
  return { kind: 'ts', entry: normal };
}

function textOf(tree: Tree | undefined): string | undefined {
  return tree?.kind === 'scalar' && typeof tree.value === 'string' && tree.value !== ''
    ? tree.value
    : undefined;
}

function textsOf(tree: Tree | undefined): readonly string[] | undefined {
  if (tree?.kind !== 'list') return undefined;
  const words = tree.items.map((item) => plain(item));
  return words.every((word) => typeof word === 'string') ? (words as string[]) : undefined;
}
