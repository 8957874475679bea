import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { temporaryFolder } from './temporary.ts';

/** Bundles `store-process.ts`, so that plain Node runs it. */
export async function bundleStoreProcess(): Promise<string> {
  const outfile = join(temporaryFolder(), 'store-process.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./store-process.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
  });
  return outfile;
}

/** A real process on a cache, told by a line on its standard input to go on. */
export class StoreProcess {
  readonly child: ChildProcess;
  #output = '';

  constructor(bundle: string, args: readonly string[]) {
    this.child = spawn(process.execPath, [bundle, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout?.on('data', (chunk) => (this.#output += String(chunk)));
  }

  /** Resolves with the line of output that begins so. */
  async said(word: string): Promise<string> {
    for (;;) {
      const line = this.#output.split('\n').find((line) => line.startsWith(word));
      if (line !== undefined) return line.slice(word.length).trim();
      if (this.child.exitCode !== null) throw new Error(`It ended before ${word}: ${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  go(): void {
    this.child.stdin?.write('go\n');
  }

  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await once(this.child, 'exit');
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.end();
  }
}
