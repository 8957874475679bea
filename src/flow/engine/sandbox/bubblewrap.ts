import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { underShell } from '../process/exit-status.ts';
import { findProgram } from '../process/program.ts';
import { isIn, SYSTEM } from './toolchains.ts';
import type { View } from './view.ts';

/** The settings of a sandbox. */
export interface Sandbox {
  /** Path of bubblewrap. */
  readonly program: string;
  /** Whether stages can use the network. */
  readonly network: boolean;
  /** Absolute paths of additional files and folders. */
  readonly read: readonly string[];
}

/** Devices for computing. */
const DEVICES = /^(nvidia|dri$|kfd$|dxg$|davinci|accel$)/;
/** Of its own for every stage: processes, messages, and what dies with the driver dies with all of it. */
const NAMESPACES = ['--unshare-pid', '--unshare-ipc', '--die-with-parent', '--cap-drop', 'ALL'];

/** Tries whether bubblewrap works. Starts a process. */
export function openSandbox(
  env: NodeJS.ProcessEnv,
  settings: Pick<Sandbox, 'network' | 'read'>,
): Result<Sandbox, Diagnostic> {
  const program = findProgram('bwrap', env['PATH']);
  if (typeof program !== 'string') {
    const message = 'flow cannot use a sandbox: bubblewrap (bwrap) is not on PATH';
    const hint =
      'install it (apt-get install bubblewrap, or dnf install bubblewrap); it needs Linux';
    return err({ code: 'no-sandbox', message, hint });
  }
  const words = [...NAMESPACES, ...system(), ...(settings.network ? [] : ['--unshare-net'])];
  const tried = spawnSync(program, [...words, '--', 'true'], { encoding: 'utf8', env: { PATH: env['PATH'] } }); // prettier-ignore
  if (tried.status === 0) return ok({ program, ...settings });
  const why = tried.stderr.trim() || tried.error?.message || `exit code ${tried.status}`;
  return err({
    code: 'no-sandbox',
    message: `bubblewrap cannot create a sandbox on this machine: ${why}`,
    hint: 'allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns) or use root; in a container, also allow it to mount /proc',
  });
}

/**
 * The command in a sandbox: the system read-only, what the stage declared read-only, its scratch folder
 * and checkpoint writable, empty homes and /tmp that end with it, and of the project nothing else.
 *
 * @param over folders that take what is written to the homes, /tmp and the project, for who wants to look
 *   at it afterwards; absent: homes and /tmp are in memory, the project's folder cannot be written to
 */
export function inSandbox(
  { program, network, read }: Sandbox,
  view: View,
  argv: readonly string[],
  over?: ReadonlyMap<string, string>,
): readonly string[] {
  const words = [program, ...NAMESPACES, ...system()];
  if (!network) words.push('--unshare-net');
  for (const folder of emptied(view)) {
    const taken = over?.get(folder);
    if (taken === undefined) words.push('--tmpfs', folder);
    else words.push('--bind', taken, folder);
  }
  const readable = (file: string, as: string): void => {
    if (existsSync(file)) words.push('--ro-bind', file, as);
  };
  for (const file of [...view.toolchains, ...read]) readable(file, file);
  for (const folder of view.packages) readable(path.join(view.root, folder), path.join(view.root, folder)); // prettier-ignore
  for (const file of view.sources) readable(file, file);
  words.push('--bind', view.scratch, view.scratch);
  for (const name of ['in', 'code']) readable(path.join(view.scratch, name), path.join(view.scratch, name)); // prettier-ignore
  for (const folder of view.inputs) readable(folder, folder);
  // /tmp is empty there.
  if (isIn(view.short, '/tmp')) words.push('--symlink', path.dirname(view.scratch), view.short);
  words.push('--bind', view.checkpoint, view.checkpoint);
  if (over === undefined) words.push('--remount-ro', view.root);
  words.push('--remount-ro', '/', '--chdir', view.scratch, '--', ...underShell(argv));
  return words;
}

/** Folders that a stage finds empty, but for what is put into them: those that lie in others last. */
export function emptied({ root, homes }: View): readonly string[] {
  const own = homes.filter((home) => home !== '/' && !isIn(home, root) && !isIn('/usr', home));
  return [...new Set(['/tmp', '/var/tmp', ...own, root])].toSorted((a, b) => a.length - b.length);
}

function system(): string[] {
  const words: string[] = [];
  for (const folder of SYSTEM) {
    if (folder === '/proc') words.push('--proc', folder);
    else if (folder === '/dev') words.push('--dev', folder);
    else if (existsSync(folder)) words.push('--ro-bind', folder, folder);
  }
  for (const name of readdirSync('/dev')) {
    if (DEVICES.test(name)) words.push('--dev-bind', `/dev/${name}`, `/dev/${name}`);
  }
  // The target of /etc/resolv.conf.
  if (existsSync('/run/systemd/resolve')) {
    words.push('--ro-bind', '/run/systemd/resolve', '/run/systemd/resolve');
  }
  return words;
}
