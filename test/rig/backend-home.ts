// `flow backend …` in a home of its own, with backends of a few kilobytes and registries on this machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { Project } from './project.ts';
import type { Ended, Running } from './project.ts';
import { Registries } from './registries.ts';
import { makeTinyBackends } from './tiny-backends.ts';
import type { TinyBackends } from './tiny-backends.ts';
import { hasProgram } from './tools.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const project = new Project(root);

/** Asked by a test file; where it is true there are no tiny backends. */
export const withoutCompiler = process.platform !== 'linux' || process.arch !== 'x64' || !hasProgram('g++', '--version'); // prettier-ignore
if (withoutCompiler) process.stderr.write('tests of flow backend add are skipped: no g++ on linux-x64\n'); // prettier-ignore

interface Changes {
  readonly env?: Readonly<Record<string, string>>;
  /** Variables to leave out. */
  readonly without?: readonly string[];
}

/** Made once for a test file: the tiny backends, and `flow backend` with their pins. */
export class Backends {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'tiny-backends-'));
  readonly program = path.join(this.folder, 'backend.mjs');
  readonly pinsFile = path.join(this.folder, 'pins.json');
  #tiny: TinyBackends | undefined;

  static async make(): Promise<Backends> {
    const backends = new Backends();
    await build({
      entryPoints: [path.join(root, 'test/rig/backend-program.ts')],
      outfile: backends.program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      // yauzl is CommonJS.
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    if (!withoutCompiler) {
      backends.#tiny = makeTinyBackends(backends.folder);
      writeFileSync(backends.pinsFile, JSON.stringify(backends.tiny.pins));
    }
    return backends;
  }

  get tiny(): TinyBackends {
    if (this.#tiny === undefined) throw new Error('there is no compiler');
    return this.#tiny;
  }

  async home(): Promise<BackendHome> {
    const registries = await Registries.open();
    this.#tiny?.serve(registries);
    return new BackendHome(this, registries);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Of one test: a home, and registries that count what they are asked. */
export class BackendHome {
  readonly registries: Registries;
  readonly #backends: Backends;
  readonly #home = mkdtempSync(path.join(tmpdir(), 'backend-home-'));
  readonly #running: Running['child'][] = [];

  constructor(backends: Backends, registries: Registries) {
    this.#backends = backends;
    this.registries = registries;
  }

  at(...names: readonly string[]): string {
    return path.join(this.#home, ...names);
  }

  cache(...names: readonly string[]): string {
    return this.at('cache', 'fastmtl-flow', ...names);
  }

  inCache(name: string): readonly string[] {
    return existsSync(this.cache(name)) ? readdirSync(this.cache(name)) : [];
  }

  /** @returns the file's path */
  write(text: string, ...names: readonly string[]): string {
    const place = this.at(...names);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, text);
    return place;
  }

  /** The built `flow` itself. */
  flow(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return project.flow(words, { ...this.#scrubbed(), ...env });
  }

  /** `flow backend` with the tiny backends. */
  start(words: readonly string[], { env = {}, without = [] }: Changes = {}): Running {
    const all = { ...this.#scrubbed(), TINY_PINS: this.#backends.pinsFile, ...env };
    const child = spawn(process.execPath, [this.#backends.program, ...words], {
      cwd: this.#home,
      env: Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name))),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.push(child);
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
    }
    const ended = once(child, 'close').then(
      ([code, signal]): Ended => ({ code: code as number | null, signal: signal as NodeJS.Signals | null, ...text }), // prettier-ignore
    );
    return { child, ended };
  }

  tinily(words: readonly string[], changes?: Changes): Promise<Ended> {
    return this.start(words, changes).ended;
  }

  /** Without npm and compiler, where they do not matter. */
  addQuickly(changes?: Changes): Promise<Ended> {
    return this.tinily(['add', 'tensorflow', '--addon', this.#backends.tiny.addon], changes);
  }

  close(): void {
    for (const child of this.#running) child.kill('SIGKILL');
    this.registries.close();
    rmSync(this.#home, { recursive: true });
  }

  /** Nothing of this machine's pip and npm. */
  #scrubbed(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#home,
      XDG_CACHE_HOME: this.at('cache'),
      FLOW_CACHE: this.at('results'),
      PIP_CONFIG_FILE: '/dev/null',
      PIP_INDEX_URL: this.registries.index,
      npm_config_registry: this.registries.npm,
      npm_config_cache: this.at('npm'),
      npm_config_userconfig: '/dev/null',
      npm_config_fetch_retries: '0',
    };
  }
}

/** For a whole test file: the tiny backends, made once, and a new home for each test. */
export function ownBackends(): { readonly backends: Backends; readonly home: BackendHome } {
  const own = {} as { backends: Backends; home: BackendHome };
  beforeAll(async () => {
    own.backends = await Backends.make();
  });
  beforeEach(async () => {
    own.home = await own.backends.home();
  });
  afterEach(() => own.home.close());
  afterAll(() => own.backends.remove());
  return own;
}
