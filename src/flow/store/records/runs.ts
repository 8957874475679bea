import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../core/events.ts';
import type { ActionKey, InstanceId, RunId } from '../../core/ids.ts';
import type { RunRecord, RunState } from '../../core/run-record.ts';
import { digestBytes, hexOf } from '../../key/digest.ts';
import { EventLog } from './event-log.ts';
import { failpoint } from '../disk/failpoints.ts';
import { mayBeAlive } from '../process/process-identity.ts';
import { isRunId } from './run-id.ts';
import { errorCode } from '../../core/system-error.ts';
import { namesIn } from '../disk/files.ts';

/** The maximum bytes of a file name on every file system, minus `.<attempt>.log`. */
const MAX_LOG_NAME = 200;

export interface RunHandle {
  readonly id: RunId;
  /** `cache/runs/<id>`, absolute. */
  readonly dir: string;
  /** On disk at the end of this turn of the event loop. */
  appendEvent(event: RunEvent): void;
  /** Why events are missing from the record, if some could not be written. */
  lost(): string | undefined;
  /** Makes the folder of logs on first use. */
  logPath(instance: InstanceId, attempt: number): string;
  /** Writes the final record and closes the file of events. */
  finish(record: RunRecord): Promise<void>;
}

/** `cache/runs/<id>/{run.json, events.ndjson, logs/}`. */
export class RunStore {
  readonly #folder: string;

  constructor(cacheRoot: string) {
    this.#folder = join(cacheRoot, 'runs');
  }

  /** Throws EEXIST if the id is taken. */
  async create(record: RunRecord): Promise<RunHandle> {
    const id = record.run_id as RunId;
    const dir = this.#dir(id);
    mkdirSync(this.#folder, { recursive: true });
    mkdirSync(dir);
    failpoint('run.folder-made');
    writeRecord(dir, record);
    const events = new EventLog(this.#eventsPath(id));
    failpoint('run.events-opened');
    let logs = false;
    return {
      id,
      dir,
      appendEvent: (event) => events.append(event),
      lost: () => events.lost,
      logPath: (instance, attempt) => {
        if (!logs) mkdirSync(join(dir, 'logs'), { recursive: true });
        logs = true;
        return this.logPath(id, instance, attempt);
      },
      finish: async (final) => {
        events.close();
        writeRecord(dir, final);
      },
    };
  }

  /** A run of a cache to which this user may not write. */
  unrecorded(record: RunRecord): RunHandle {
    const id = record.run_id as RunId;
    return {
      id,
      dir: this.#dir(id),
      appendEvent: () => undefined,
      lost: () => undefined,
      logPath: (instance, attempt) => this.logPath(id, instance, attempt),
      finish: () => Promise.resolve(),
    };
  }

  /** Newest first. */
  async list(): Promise<readonly RunId[]> {
    return namesIn(this.#folder).filter(isRunId).sort().reverse();
  }

  /** Undefined for a truncated or damaged record. */
  async read(id: string): Promise<RunRecord | undefined> {
    if (!isRunId(id)) return undefined;
    try {
      const record = JSON.parse(
        readFileSync(join(this.#dir(id), 'run.json'), 'utf8'),
      ) as RunRecord | null;
      return record?.version === 1 && record.run_id === id ? record : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Newest first, without damaged ones. `root`: of the project whose runs are wanted; those of others only where
   * it has none (it may have been moved).
   */
  async *records(root?: string): AsyncGenerator<RunRecord, void> {
    const others: RunId[] = [];
    let own = false;
    for (const id of await this.list()) {
      const record = await this.read(id);
      if (record === undefined) continue;
      if (root === undefined || record.root === root) {
        own = true;
        yield record;
      } else if (!own) others.push(id);
    }
    if (own) return;
    for (const id of others) {
      const record = await this.read(id);
      if (record !== undefined) yield record;
    }
  }

  /** The same without the later parts. */
  async latest(root?: string): Promise<RunRecord | undefined> {
    for await (const record of this.records(root)) return record;
    return undefined;
  }

  /** Leaves out incomplete lines after a crash. */
  async events(id: string): Promise<readonly RunEvent[]> {
    return (await this.eventsFrom(id, 0)).events;
  }

  /** What has been written from a byte on, for who follows a live run; `next`: the byte to ask from then. */
  async eventsFrom(
    id: string,
    from: number,
  ): Promise<{ readonly events: readonly RunEvent[]; readonly next: number }> {
    const bytes = readFrom(this.#eventsPath(id), from);
    // The last line may be written at this moment.
    const whole = bytes.lastIndexOf(0x0a) + 1;
    const events = bytes
      .subarray(0, whole)
      .toString('utf8')
      .split('\n')
      .flatMap((line) => {
        try {
          return [JSON.parse(line) as RunEvent];
        } catch {
          return [];
        }
      });
    return { events, next: from + whole };
  }

  async logs(id: string): Promise<readonly string[]> {
    const folder = join(this.#dir(id), 'logs');
    return namesIn(folder)
      .sort()
      .map((name) => join(folder, name));
  }

  #eventsPath(id: string): string {
    return join(this.#dir(id), 'events.ndjson');
  }

  logPath(id: string, instance: InstanceId, attempt: number): string {
    return join(this.#dir(id), 'logs', `${fileName(instance)}.${attempt}.log`);
  }

  /** The keys of all results of a run, made or found. */
  async keys(record: RunRecord): Promise<readonly ActionKey[]> {
    const keys: ActionKey[] = [];
    for (const { key } of record.summary?.instances ?? []) if (key !== undefined) keys.push(key);
    if (record.summary !== undefined) return keys;
    // The run is active or was killed: use its events.
    for (const event of await this.events(record.run_id)) {
      if (event.type === 'finished' && event.key !== undefined) keys.push(event.key);
    }
    return keys;
  }

  /** gc keeps pinned runs and all that they list. false: there is no such run any more. */
  pin(id: RunId): boolean {
    try {
      writeFileSync(this.#pin(id), '');
      return true;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  unpin(id: RunId): void {
    rmSync(this.#pin(id), { force: true });
  }

  isPinned(id: string): boolean {
    return existsSync(this.#pin(id));
  }

  folder(id: string): string {
    return this.#dir(id);
  }

  #pin(id: string): string {
    return join(this.#dir(id), 'pinned');
  }

  /** Recorded as running, and its process exists on this machine. */
  isLive(record: RunRecord): boolean {
    return record.state === 'running' && mayBeAlive(record.host, record.pid);
  }

  stateOf(record: RunRecord): RunState {
    return record.state === 'running' && !this.isLive(record) ? 'died' : record.state;
  }

  #dir(id: string): string {
    return join(this.#folder, id);
  }
}

/** Empty if the file does not exist. */
function readFrom(path: string, from: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(fd).size - from));
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from));
  } finally {
    closeSync(fd);
  }
}

/** Not flushed, because it is history and not a result. */
function writeRecord(dir: string, record: RunRecord): void {
  const temp = join(dir, 'run.json.part');
  writeFileSync(temp, JSON.stringify(record));
  failpoint('run.record-written');
  renameSync(temp, join(dir, 'run.json'));
  failpoint('run.record-placed');
}

/** A file name for an instance, with room for an ending. */
export function fileName(instance: InstanceId): string {
  if (Buffer.byteLength(instance) <= MAX_LOG_NAME) return instance;
  const digest = hexOf(digestBytes(instance)).slice(0, 16);
  return `${instance.slice(0, MAX_LOG_NAME - 20)}~${digest}`;
}
