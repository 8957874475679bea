import { appendFileSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { makeFolder } from '../../store/disk/files.ts';

// Whether flow may start programs of a project only to look at it: its interpreter, in .venv, is a program
// of whoever wrote the project. A user who has run a project trusts it. The record is the user's own, so
// that a clone cannot bring it along.

/** The root's inode is compared as well: another folder that is moved to its place is another project. */
export function isTrusted(root: string, env: NodeJS.ProcessEnv): boolean {
  try {
    return readFileSync(trustedFile(env), 'utf8').split('\n').includes(lineOf(root));
  } catch {
    return false;
  }
}

/** Remembers it if it can. Where it cannot, the next command asks again. */
export function recordTrust(root: string, env: NodeJS.ProcessEnv): void {
  if (isTrusted(root, env)) return;
  const file = trustedFile(env);
  try {
    makeFolder(path.dirname(file), 0o700);
    appendFileSync(file, `${lineOf(root)}\n`, { mode: 0o600 });
  } catch {
    // The home is missing, full or read-only.
  }
}

/** Relative paths in XDG_STATE_HOME do not count, as its specification says. */
function trustedFile(env: NodeJS.ProcessEnv): string {
  const given = env['XDG_STATE_HOME'] ?? '';
  const home = env['HOME'] ?? homedir();
  const state = path.isAbsolute(given) ? given : path.join(home, '.local', 'state');
  return path.join(state, 'flow', 'trusted');
}

function lineOf(root: string): string {
  const { ino } = statSync(root, { bigint: true });
  return JSON.stringify({ path: realpathSync(root), inode: String(ino) });
}
