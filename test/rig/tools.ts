import { spawnSync } from 'node:child_process';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSandbox } from '../../src/flow/engine/sandbox/bubblewrap.ts';
import { findProgram } from '../../src/flow/engine/process/program.ts';
import { openStrace } from '../../src/flow/engine/audit/strace.ts';

/** Why tests with strace cannot run here. */
export function withoutStrace(): string | undefined {
  const strace = openStrace(process.env);
  return told('strace', typeof strace === 'object' ? undefined : (strace ?? 'it is not on PATH'));
}

/** Why tests with bubblewrap cannot run here. */
export function withoutBubblewrap(): string | undefined {
  const sandbox = openSandbox(process.env, { network: false, read: [] });
  return told('bubblewrap', sandbox.ok ? undefined : sandbox.error.message);
}

function told(tool: string, why: string | undefined): string | undefined {
  if (why !== undefined) process.stderr.write(`tests with ${tool} are skipped: ${why}\n`);
  return why;
}

export const hasProgram = (name: string, ...args: readonly string[]): boolean =>
  spawnSync(name, args, { stdio: 'ignore' }).status === 0;

/** A PATH with the programs that scripts need, and none of those named. */
export function pathWithout(...absent: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'flow-path-'));
  const wanted = ['sh', 'bash', 'cat', 'sleep', 'strace', 'bwrap', 'true', 'grep', 'prlimit'];
  for (const name of wanted) {
    const file = findProgram(name, process.env['PATH']);
    if (typeof file === 'string' && !absent.includes(name))
      symlinkSync(file, path.join(folder, name));
  }
  return folder;
}
