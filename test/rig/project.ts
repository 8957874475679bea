// A project in a temporary folder and the built CLI as a real process with a scrubbed environment.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const flowBin = fileURLToPath(new URL('../../dist/flow.js', import.meta.url));
const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** `programs/` in it holds the fixture programs. Remove it with `close`, or `eject` to keep it. */
export class Project {
  readonly root: string;
  readonly #ours: boolean;
  #ejected = false;
  readonly #started: Running[] = [];

  /** @param root another project's folder, for a second view of it */
  constructor(root?: string) {
    this.#ours = root === undefined;
    this.root = root ?? mkdtempSync(path.join(tmpdir(), 'flow-rig-'));
    if (!this.#ours) return;
    cpSync(path.join(fixtures, 'programs'), this.at('programs'), { recursive: true });
    this.write({ 'package.json': '{ "type": "module" }\n' });
  }

  at(...names: readonly string[]): string {
    return path.join(this.root, ...names);
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(this.at(name)), { recursive: true });
      writeFileSync(this.at(name), text);
    }
  }

  /** `stages:` and the like, as pipelines/p.yaml. */
  pipeline(text: string): void {
    this.write({ 'pipelines/p.yaml': `version: 1\nname: p\n${text}` });
  }

  read(name: string): string {
    return readFileSync(this.at(name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(this.at(name));
  }

  /** Paths of all files and folders below a folder, relative to it; none if it is not there. */
  files(name: string): readonly string[] {
    return this.has(name) ? readdirSync(this.at(name), { recursive: true, encoding: 'utf8' }) : [];
  }

  /** Runs `flow …` to its end. */
  flow(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start(args, env).ended;
  }

  /** @param through a program and its words that starts it: `setpriv --reuid=…` */
  start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    through: readonly string[] = [],
  ): Running {
    const [program = '', ...words] = [...through, process.execPath, flowBin, ...args];
    const child = spawn(program, words, {
      cwd: this.root,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        XDG_STATE_HOME: process.env['XDG_STATE_HOME'],
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        text[name] += chunk;
      });
    }
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, ...text }));
    });
    const running = { child, ended };
    this.#started.push(running);
    return running;
  }

  /** Asks all that still runs to end, and waits: a test may have failed before its run could go on. */
  async endAll(): Promise<void> {
    for (const { child } of this.#started) child.kill('SIGTERM');
    await Promise.all(this.#started.map(({ ended }) => ended));
  }

  /** `flow run pipelines/p.yaml --json …`, parsed. */
  async runJson(...args: readonly string[]): Promise<RunJson> {
    const ended = await this.flow(['run', 'pipelines/p.yaml', '--json', ...args]);
    try {
      return { code: ended.code, ...(JSON.parse(ended.stdout) as Omit<RunJson, 'code'>) };
    } catch {
      throw new Error(`no JSON on stdout: ${ended.stdout}\n${ended.stderr}`);
    }
  }

  /** `flow ui` at a free port, until `endAll`. @returns its address */
  serve(): Promise<string> {
    const serving = this.start(['ui', '--port', '0', '--json']);
    return new Promise((resolve, reject) => {
      serving.child.stdout?.on('data', (text: string) => {
        resolve((JSON.parse(text) as { url: string }).url);
      });
      serving.ended.then((ended) => reject(new Error(ended.stderr)), reject);
    });
  }

  /** Resolves when a file is there. */
  async until(name: string): Promise<string> {
    for (let waited = 0; !this.has(name); waited += 10) {
      if (waited > 60_000) throw new Error(`${name} did not appear`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return this.read(name);
  }

  eject(): string {
    this.#ejected = true;
    return this.root;
  }

  close(): void {
    if (this.#ours && !this.#ejected) rmSync(this.root, { recursive: true, force: true });
  }
}

export interface RunJson {
  readonly code: number | null;
  readonly run_id: string;
  readonly ok: boolean;
  readonly ran: number;
  readonly hit: number;
  readonly failed: number;
  readonly skipped: number;
  readonly cancelled: number;
  readonly instances: readonly {
    readonly id: string;
    readonly outcome: string;
    readonly outputs: Readonly<Record<string, string>>;
  }[];
}

/** Is a process alive and not a zombie? */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/u.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Resolves when none of these processes lives; false: one still did after so many milliseconds. */
export async function allEnd(pids: readonly number[], withinMs: number): Promise<boolean> {
  for (let waited = 0; waited < withinMs; waited += 20) {
    if (!pids.some(lives)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
