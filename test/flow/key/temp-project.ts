import { mkdtempSync, mkdirSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Artifact } from '../../../src/flow/core/artifact.ts';
import type { Digest, InstanceId } from '../../../src/flow/core/ids.ts';
import type { Json } from '../../../src/flow/core/json.ts';
import { err, ok } from '../../../src/flow/core/result.ts';
import type { Bundler } from '../../../src/flow/key/code/bundler.ts';
import { CodeResolver } from '../../../src/flow/key/code/code-resolver.ts';
import type { Code } from '../../../src/flow/key/code/code.ts';
import { digestBytes } from '../../../src/flow/key/digest.ts';
import type { Blobs, Memo } from '../../../src/flow/key/files/memo.ts';
import { seal, unseal } from '../../../src/flow/store/disk/sealed.ts';
import { pythonProcess } from '../../../src/flow/key/python/python-process.ts';
import { lazyEsbuild } from '../../../src/flow/key/code/ts-bundle.ts';
import type { Command, Instance } from '../../../src/flow/pipeline/dag.ts';

/** A project in a folder of its own, with a memo and blobs in memory, a bundler and a Python that are counted. */
export class TempProject {
  readonly root: string;
  readonly memos = new Map<string, string>();
  readonly blobs = new Map<Digest, Uint8Array>();
  bundles = 0;
  pythons = 0;
  env: NodeJS.ProcessEnv = process.env;
  /** Called once the bundler has read the sources. */
  afterBundle: () => void = () => undefined;
  /** Called once Python has read the modules. */
  afterPython: () => void = () => undefined;

  /** `below`: a folder of another project that is to hold this one. */
  constructor(files: Readonly<Record<string, string>> = {}, below?: string) {
    if (below !== undefined) mkdirSync(below, { recursive: true });
    const root = below ?? mkdtempSync(join(tmpdir(), 'flow-key-'));
    this.root = realpathSync(root);
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string | Uint8Array): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Changes the mtime alone. */
  touch(path: string, seconds: number): void {
    utimesSync(join(this.root, path), seconds, seconds);
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  /** As a new process would: it shares what is remembered, and nothing else. */
  resolver(bundler: Partial<Bundler> = {}, root = this.root): CodeResolver {
    return new CodeResolver({
      root,
      memo: this.#memo(),
      blobs: this.#blobs(),
      env: this.env,
      python: {
        version: pythonProcess.version,
        closure: async (request) => {
          this.pythons += 1;
          const found = await pythonProcess.closure(request);
          this.afterPython();
          return found;
        },
      },
      bundler: {
        version: bundler.version ?? lazyEsbuild.version,
        bundle: async (request) => {
          this.bundles += 1;
          const bundled = await (bundler.bundle ?? lazyEsbuild.bundle)(request);
          this.afterBundle();
          return bundled;
        },
      },
    });
  }

  /** The code of an instance, seen by a new process. */
  async code(command: Command, parts: Partial<Instance> = {}): Promise<Code> {
    const code = await this.resolver().code(makeInstance({ command, ...parts }));
    if (!code.ok) throw new Error(`${code.error.message} (${code.error.hint ?? 'no hint'})`);
    return code.value;
  }

  async bundleDigest(entry = 'stages/a.ts'): Promise<Digest | undefined> {
    return (await this.code({ kind: 'ts', entry })).bundle?.digest;
  }

  /** What a person would read, or 'ok'. */
  async complaint(command: Command, parts: Partial<Instance> = {}): Promise<string> {
    const code = await this.resolver().code(makeInstance({ command, ...parts }));
    return code.ok ? 'ok' : `${code.error.message}\n${code.error.hint ?? ''}`;
  }

  #memo(): Memo {
    return {
      get: (name) => {
        const text = this.memos.get(name);
        const sealed = text === undefined ? undefined : unseal(text);
        return Promise.resolve((sealed as { readonly value: Json } | undefined)?.value);
      },
      put: (name, value) => {
        this.memos.set(name, seal({ value }));
        return Promise.resolve();
      },
    };
  }

  #blobs(): Blobs {
    return {
      putBytes: (bytes) => {
        const digest = digestBytes(bytes);
        this.blobs.set(digest, bytes);
        const artifact: Artifact = { kind: 'file', exec: false, size: bytes.length, digest };
        return Promise.resolve(artifact);
      },
      read: ({ digest }) => {
        const bytes = this.blobs.get(digest);
        return Promise.resolve(bytes === undefined ? err('lost') : ok(bytes));
      },
    };
  }
}

/** The least instance, changed where a test says so. */
export function makeInstance(parts: Partial<Instance> = {}): Instance {
  return {
    id: 'a' as InstanceId,
    stage: 'a',
    probe: false,
    axes: {},
    command: { kind: 'cmd', argv: ['true'] },
    params: {},
    inputs: [],
    outputs: [{ name: 'out', path: 'out.txt', tree: false }],
    code: [],
    env: [],
    pool: { cpu: 1 },
    location: { file: 'pipelines/a.yaml', line: 1, column: 1 },
    ...parts,
  };
}

export const noCode: Code = { files: [], closure: {} };
