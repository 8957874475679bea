// Runs one stage as a process under the stage contract, without the orchestrator: a scratch folder,
// stage.json, events. What comes out depends on the stage alone.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Json, StageFile } from '../../src/stage-kit/contract.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface StageRun {
  readonly params: Readonly<Record<string, Json>>;
  /** Absolute paths. */
  readonly inputs: StageFile['inputs'];
  /** Names of files, or of folders with a trailing slash. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The checkpoint folder of an attempt before this one. */
  readonly checkpoint?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface StageEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly Readonly<Record<string, Json>>[];
  /** Absolute paths. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly checkpoint: string;
}

export class StageRig {
  readonly #folder: string;
  readonly #bundles: string;
  readonly #built = new Map<string, string>();
  #runs = 0;

  /** @param folder for the scratch folders */
  constructor(folder: string) {
    this.#folder = folder;
    // Bundles import packages by name, so that they must lie where these are found.
    this.#bundles = mkdtempSync(path.join(root, 'node_modules', '.stage-rig-'));
  }

  close(): void {
    rmSync(this.#bundles, { recursive: true });
  }

  /** Runs a stage and expects that it ends well. */
  async run(stage: string, run: StageRun): Promise<StageEnd> {
    const end = await this.attempt(stage, run);
    if (end.code !== 0) throw new Error(`${stage} ended with ${end.code}:\n${end.stderr}`);
    return end;
  }

  async attempt(stage: string, run: StageRun): Promise<StageEnd> {
    const bundle = this.#built.get(stage) ?? (await this.#build(stage));
    const scratch = path.join(this.#folder, `${this.#runs++}-${stage}`);
    const checkpoint = run.checkpoint ?? path.join(scratch, 'checkpoint');
    for (const name of ['out', 'checkpoint']) mkdirSync(path.join(scratch, name), { recursive: true }); // prettier-ignore
    const outputs = Object.fromEntries(
      Object.entries(run.outputs).map(([name, file]) => [name, path.join('out', file)]),
    );
    const { params, inputs } = run;
    const file: StageFile = { contract: 1, params, inputs, outputs, checkpoint };
    const [stageFile, events] = [path.join(scratch, 'stage.json'), path.join(scratch, 'events')];
    writeFileSync(stageFile, JSON.stringify(file));
    writeFileSync(events, '');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--enable-source-maps', bundle],
      {
        cwd: scratch,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], ...run.env, FLOW_STAGE: stageFile, FLOW_EVENTS: events },
      },
    );
    return {
      code: status,
      stdout,
      stderr,
      checkpoint,
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, place]) => [name, path.join(scratch, place)]),
      ),
      events: readFileSync(events, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as StageEnd['events'][number]),
    };
  }

  async #build(stage: string): Promise<string> {
    const outfile = path.join(this.#bundles, `${stage}.mjs`);
    await build({
      entryPoints: [path.join(root, 'stages', `${stage}.ts`)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      sourcemap: 'linked',
      logLevel: 'warning',
      loader: { '.wasm': 'binary' },
      alias: { 'fastmtl-flow/stage-kit': path.join(root, 'src/stage-kit/stage-kit.ts') },
    });
    this.#built.set(stage, outfile);
    return outfile;
  }
}
