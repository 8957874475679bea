import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { RedactedOutput } from '../secrets/redacted-output.ts';
import { endStrays } from './escapees.ts';
import { line, onMessage } from './host-messages.ts';
import type { Order, Report, Start } from './host-messages.ts';
import { signalGroup } from './process-group.ts';

// A program of its own: it starts the stages of one driver and reports their ends. A fork copies the page
// tables of the process that calls it and holds its only thread, which takes a bare Node a fraction of the
// time that it takes a driver. It is in a session of its own and ignores the signals of a terminal, which
// mean the driver. When the driver ends, by whatever death, it ends the groups that still run.

/** An earlier attempt may have put a FIFO in its place, whose reader nobody should wait for. */
const APPENDING =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

const groups = new Map<number, number>();
const outputs = new Map<number, RedactedOutput>();
/** Folders of scratch folders. */
const workspaces = new Set<string>();
let abandoned = false;

process.title = 'flow host';
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
process.on('uncaughtException', abandon);
process.stdout.on('error', abandon);
process.stdin.on('error', abandon).on('end', abandon);
closeInherited();
onMessage<Order>(process.stdin, (order) => {
  if (abandoned) return;
  switch (order.type) {
    case 'start':
      workspaces.add(path.dirname(order.cwd));
      start(order);
      return;
    case 'forget':
      groups.delete(order.id);
      void outputs
        .get(order.id)
        ?.close()
        .then(() => {
          outputs.delete(order.id);
          report({ type: 'written', id: order.id });
        });
      return;
    case 'end':
      if (groups.size === 0) process.exit();
      abandon();
  }
});

function start({ id, argv, cwd, env, log, stdout, secrets }: Start): void {
  const files: number[] = [];
  const refuse = (what: 'process' | 'log') => (error: NodeJS.ErrnoException) =>
    report({ type: 'refused', id, what, code: error.code, message: error.message });
  try {
    files.push(openSync(log, APPENDING));
    if (stdout !== undefined) files.push(openSync(stdout, 'w'));
  } catch (error) {
    files.forEach(closeSync);
    refuse('log')(error as NodeJS.ErrnoException);
    return;
  }
  const [errors = 0, out = errors] = files;
  const masked = secrets.length > 0;
  try {
    const [program = '', ...args] = argv;
    const child = spawn(program, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', masked && stdout === undefined ? 'pipe' : out, masked ? 'pipe' : errors],
    });
    child.once('error', refuse('process'));
    child.once('exit', (code, signal) => report({ type: 'ended', id, code, signal }));
    if (child.pid === undefined) return;
    groups.set(id, child.pid);
    report({ type: 'started', id, pid: child.pid });
    if (!masked) return;
    outputs.set(id, new RedactedOutput(errors, [child.stdout, child.stderr], secrets));
    files.shift();
  } catch (error) {
    // Thrown for what cannot be passed to a process at all: a NUL in an argument, too long a line.
    refuse('process')(error as NodeJS.ErrnoException);
  } finally {
    files.forEach(closeSync);
  }
}

function report(message: Report): void {
  process.stdout.write(line(message));
}

/** The driver is gone, or this program is broken: nothing that it has started stays. */
function abandon(): void {
  if (abandoned) return;
  abandoned = true;
  for (const group of groups.values()) signalGroup(group, 'SIGKILL');
  void endStrays([...workspaces]).finally(() => process.exit());
}

/** Node's own descriptors are closed in what it starts; those that it inherited would stay open there. */
function closeInherited(): void {
  const closedByExec = 0o2000000;
  for (const fd of processFiles()) {
    try {
      const flags = /^flags:\s*(\d+)$/m.exec(
        readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'),
      )?.[1];
      if (flags !== undefined && (Number.parseInt(flags, 8) & closedByExec) === 0) closeSync(fd);
    } catch {
      // It was the folder that has just been read.
    }
  }
}

function processFiles(): readonly number[] {
  try {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((fd) => fd > 2);
  } catch {
    return [];
  }
}
