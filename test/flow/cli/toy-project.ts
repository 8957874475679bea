import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { vi } from 'vitest';
import { type Ended, Project } from '../../rig/project.ts';

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A project of given files, and the real `flow` in it. */
export class ToyProject {
  readonly #project: Project;

  constructor(files: Readonly<Record<string, string>>) {
    this.#project = new Project();
    this.write(files);
  }

  get dir(): string {
    return this.#project.root;
  }

  write(files: Readonly<Record<string, string>>): void {
    this.#project.write(files);
  }

  path(name: string): string {
    return this.#project.at(name);
  }

  flow(...args: readonly string[]): Promise<Ended> {
    return this.#project.flow(args);
  }

  /** @param cwd a folder of the project */
  flowWith(
    { env = {}, cwd = '.' }: { env?: Readonly<Record<string, string>>; cwd?: string },
    ...args: readonly string[]
  ): Promise<Ended> {
    return new Project(this.path(cwd)).flow(args, env);
  }

  start(...args: readonly string[]): ChildProcess {
    return this.#project.start(args).child;
  }

  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** Paths of the logs of all runs. */
  logs(): readonly string[] {
    const files = readdirSync(this.path('cache/runs'), { recursive: true, encoding: 'utf8' });
    return files.filter((file) => file.endsWith('.log'));
  }

  async json(...args: readonly string[]): Promise<Record<string, unknown>> {
    const { stdout, stderr } = await this.flow(...args, '--json');
    if (!stdout.endsWith('}\n')) throw new Error(`not one JSON object:\n${stdout}\n${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  remove(): void {
    this.#project.close();
  }
}

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
