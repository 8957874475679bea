import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unreachable } from '../../core/result.ts';
import type { Command } from '../../pipeline/dag.ts';
import { literalWord, scriptWords } from './code-words.ts';

/**
 * The programs outside the project that a command starts by name: the first word of `cmd`, any word of `sh`
 * that PATH finds. Real path, size, mtime and ctime (milliseconds since the epoch) by name, no contents.
 */
export function programsOf(
  command: Command,
  env: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const found = namesIn(command).map((name) => [name, findProgram(name, env)] as const);
  return Object.fromEntries(
    found.flatMap(([name, program]) => (program === undefined ? [] : [[name, program]])),
  );
}

function namesIn(command: Command): readonly string[] {
  switch (command.kind) {
    case 'cmd': {
      const [first] = command.argv;
      const name = first === undefined ? undefined : literalWord(first);
      return name === undefined ? [] : [name];
    }
    case 'sh':
      return [...new Set(scriptWords(command.script))].sort();
    case 'ts':
    case 'py':
      return [];
    default:
      return unreachable(command);
  }
}

function findProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  if (!/^[\w.+/-]+$/.test(name)) return undefined;
  if (name.startsWith('/')) return describeProgram(name);
  // Named by its place in the project, it is code.
  if (name.includes('/')) return undefined;
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const program = folder.startsWith('/') ? describeProgram(join(folder, name)) : undefined;
    if (program !== undefined) return program;
  }
  return undefined;
}

function describeProgram(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    const stat = statSync(path);
    if (!stat.isFile()) return undefined;
    return `${realpathSync.native(path)} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
  } catch {
    return undefined;
  }
}
