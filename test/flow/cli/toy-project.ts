import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** The built command line, as users get it. */
export const cli = fileURLToPath(new URL('../../../dist/flow.js', import.meta.url));
if (!existsSync(cli)) throw new Error('dist/flow.js is missing: npm run build');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project in a temporary folder, and the real `flow` in it. */
export class ToyProject {
  readonly dir: string;

  constructor(files: Readonly<Record<string, string>>) {
    this.dir = mkdtempSync(path.join(tmpdir(), 'flow-cli-'));
    this.write({ 'package.json': '{}', ...files });
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.dir, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  path(name: string): string {
    return path.join(this.dir, name);
  }

  flow(...args: readonly string[]): Promise<Finished> {
    return this.flowWith({}, ...args);
  }

  flowWith(
    { env = {}, cwd = '.' }: { env?: Readonly<Record<string, string>>; cwd?: string },
    ...args: readonly string[]
  ): Promise<Finished> {
    const options = { cwd: this.path(cwd), env: { ...plainEnv, ...env }, maxBuffer: 2 ** 26 };
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [cli, ...args],
        options,
        (_error, stdout, stderr) => {
          resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr });
        },
      );
      child.stdin?.end();
    });
  }

  start(...args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [cli, ...args], { cwd: this.dir, env: plainEnv });
  }

  async json(...args: readonly string[]): Promise<Record<string, unknown>> {
    const { stdout, stderr } = await this.flow(...args, '--json');
    if (!stdout.endsWith('}\n')) throw new Error(`not one JSON object:\n${stdout}\n${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Nothing of the environment that the tests run in: CI and colours would change what is printed. */
const plainEnv = { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), TERM: 'xterm-256color' };

export const words = 'pear\napple\nfig\n';

/** sort -> shout (a matrix) -> join, which is exported. */
export const toyPipeline = `version: 1
name: toy
description: Words, sorted and shouted
params:
  times: { default: [1, 2], type: "integer[]", min: 1, description: how loud }
  end: "!"
profiles:
  calm: { times: [1] }
stages:
  sort:
    sh: "echo sorting; sort \${inputs.words} > \${outputs.sorted}"
    inputs: { words: ./data/words.txt }
    outputs: { sorted: sorted.txt }
  shout:
    description: Adds exclamation marks
    matrix: { n: "\${times}" }
    cmd: [sh, stages/shout.sh, "\${inputs.sorted}", "\${outputs.loud}", "\${n}", "\${end}"]
    inputs: { sorted: sort.sorted }
    outputs: { loud: loud.txt, count: count.txt }
  join:
    cmd: [sh, -c, 'mkdir out/all && cat "$@" > out/all/words.txt', join, "\${inputs.parts}"]
    inputs: { parts: { from: shout.loud, collect: [n] } }
    outputs: { all: all/ }
exports:
  results/all: join.all
`;

export const toyFiles: Readonly<Record<string, string>> = {
  'pipelines/toy.yaml': toyPipeline,
  'data/words.txt': words,
  'stages/shout.sh': `set -e
echo "shouting $3 times"
sed "s/\\$/ x$3$4/" "$1" > "$2"
wc -l < "$1" | tr -d ' ' > "$(dirname "$2")/count.txt"
`,
};
