import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

// The only reader of /proc/PID/*. Everything is undefined or empty for a process that has ended or
// belongs to another user, and on systems without /proc.

export interface ProcessStat {
  /** One letter; `Z` and `X`: it has ended. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Device number of the controlling terminal; 0: none. */
  readonly terminal: number;
  /** Clock ticks that it and the children that it waited for have computed. */
  readonly cpuTicks: number;
  /** Clock ticks from boot to its start. */
  readonly start: string;
}

/** Pids of all processes but this one. */
export function processes(): readonly number[] {
  return (attempt(() => readdirSync('/proc')) ?? [])
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

export function statOf(pid: number): ProcessStat | undefined {
  const text = fileOf(pid, 'stat');
  if (text === undefined) return undefined;
  // `pid (name) state ppid pgrp session tty …`; the name may hold anything, spaces and brackets too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, group, session, terminal] = fields;
  const cpuTicks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return {
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    terminal: Number(terminal),
    cpuTicks,
    start: fields[19] ?? '',
  };
}

export function lives(pid: number): boolean {
  return !['Z', 'X'].includes(statOf(pid)?.state ?? 'X');
}

export function childrenOf(pid: number): readonly number[] {
  const text = fileOf(pid, `task/${pid}/children`) ?? '';
  return text.split(' ').flatMap((child) => (child.trim() === '' ? [] : [Number(child)]));
}

/** Its resident memory in bytes. */
export function memoryOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/mu.exec(fileOf(pid, 'status') ?? '')?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** A variable of the environment that it was started with. */
export function variableOf(pid: number, name: string): string | undefined {
  const found = (fileOf(pid, 'environ') ?? '').split('\0').find((each) => each.startsWith(`${name}=`)); // prettier-ignore
  return found && Buffer.from(found.slice(name.length + 1), 'latin1').toString('utf8');
}

/** Where a link below /proc/PID leads: `cwd`, `fd/1`, `ns/pid`. */
export function linkOf(pid: number | 'self', name: string): string | undefined {
  return attempt(() => readlinkSync(`/proc/${pid}/${name}`));
}

/** In latin1, because a name can contain bytes that are not UTF-8. */
function fileOf(pid: number, name: string): string | undefined {
  return attempt(() => readFileSync(`/proc/${pid}/${name}`, 'latin1'));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
