// A copy of this project in a temporary folder, with the built CLI and the installed packages, in
// which tests may change code and leave exports lying.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunSummary } from '../../src/flow/core/events.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = [
  'package.json',
  'tsconfig.json',
  'flow.yaml',
  'stages',
  'pipelines',
  'schema',
  'data/tasks',
  'src/ml',
  'src/stage-kit',
];

/** A world so small that all of fig3 takes seconds. */
export const CUT_DOWN: readonly string[] = [
  'rows=60',
  'seeds=0',
  'strategies=random,ce',
  'NUM=30',
  'td={ rows: 20, epochs: 1 }',
  'to.epochs=1',
  'ft.epochs=1',
  'st.epochs=1',
  'mt.epochs=1',
];

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class FastmtlProject {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'flow-fastmtl-'));

  readonly #flags: readonly string[];

  /** `flags`: what every run is given beside its params. */
  constructor(...flags: readonly string[]) {
    this.#flags = flags;
    for (const name of COPIED) {
      cpSync(path.join(ROOT, name), path.join(this.folder, name), { recursive: true });
    }
    for (const name of ['node_modules', 'dist', 'package-lock.json']) {
      symlinkSync(path.join(ROOT, name), path.join(this.folder, name));
    }
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  read(file: string): Buffer {
    return readFileSync(path.join(this.folder, file));
  }

  edit(file: string, change: (text: string) => string): void {
    const at = path.join(this.folder, file);
    const before = readFileSync(at, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`the edit changes nothing in ${file}`);
    writeFileSync(at, after);
  }

  flow(...args: readonly string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  start(...args: readonly string[]): {
    readonly child: ChildProcess;
    readonly ended: Promise<Ended>;
  } {
    const child = spawn(process.execPath, [path.join(ROOT, 'dist', 'flow.js'), ...args], {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], HOME: this.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
    return { child, ended };
  }

  /** Runs a pipeline cut down and expects that all goes well. */
  async run(pipeline: string, ...params: readonly string[]): Promise<RunSummary> {
    const set = [...CUT_DOWN, ...params].flatMap((param) => ['-p', param]);
    const ended = await this.flow(
      'run',
      `pipelines/${pipeline}.yaml`,
      '--json',
      ...this.#flags,
      ...set,
    );
    if (ended.code !== 0) throw new Error(`flow ended with ${ended.code}:\n${ended.stderr}`);
    return JSON.parse(ended.stdout) as RunSummary;
  }

  /** Ids of what a run computed anew, in the order of the Dag. */
  async ran(pipeline: string, ...params: readonly string[]): Promise<readonly string[]> {
    const { instances } = await this.run(pipeline, ...params);
    return instances.filter(({ outcome }) => outcome === 'ran').map(({ id }) => id);
  }
}
