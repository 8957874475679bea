// Downloads a file of a known digest. Continues an interrupted download.
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProvisionError } from '../failure.ts';
import { get, shown } from './http.ts';
import type { HttpOptions } from './http.ts';
import type { Wheel } from '../pins.ts';

/** Milliseconds before each further attempt. An attempt that received data does not count. */
const PAUSES = [1000, 2000, 4000, 8000];

export interface DownloadOptions extends HttpOptions {
  /** Called repeatedly. */
  readonly onProgress: (done: number) => void;
  readonly pauses?: readonly number[];
}

/**
 * @param folder keeps the parts of broken downloads
 * @returns the file's path in the folder
 * @throws ProvisionError where the server cannot be reached again and again, or sends other bytes
 */
export async function download(
  wheel: Pick<Wheel, 'file' | 'sha256' | 'bytes'>,
  url: URL,
  folder: string,
  options: DownloadOptions,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const whole = path.join(folder, wheel.file);
  if (existsSync(whole) && (await sha256Of(whole)) === wheel.sha256) return whole;
  const part = `${whole}.part`;
  const { pauses = PAUSES } = options;
  for (let failures = 0; sizeOf(part) !== wheel.bytes;) {
    const before = sizeOf(part);
    try {
      await continueFrom(before, part, wheel.bytes, url, options);
      if (sizeOf(part) < wheel.bytes) throw new Error('the connection broke');
    } catch (error) {
      if (error instanceof ProvisionError || isOfDisk(error)) throw error;
      failures = sizeOf(part) > before ? 0 : failures + 1;
      const pause = pauses[failures];
      if (pause === undefined) {
        const kept = 'flow keeps what it has downloaded: run the same command again to continue';
        throw new ProvisionError(`${shown(url)}: ${(error as Error).message}`, kept);
      }
      await sleep(pause);
    }
  }
  const found = await sha256Of(part);
  if (found !== wheel.sha256) {
    rmSync(part);
    throw new ProvisionError(
      `${wheel.file} from ${shown(url)} has sha256 ${found}, not ${wheel.sha256}: flow deleted it`,
    );
  }
  renameSync(part, whole);
  return whole;
}

/** Asking the server again would not help. */
function isOfDisk(error: unknown): boolean {
  const { syscall = '' } = error as NodeJS.ErrnoException;
  return ['open', 'write', 'close', 'unlink'].includes(syscall);
}

async function continueFrom(
  start: number,
  part: string,
  bytes: number,
  url: URL,
  options: DownloadOptions,
): Promise<void> {
  const range = start > 0 ? { range: `bytes=${start}-` } : {};
  const response = await get(url, {
    ...options,
    headers: { ...range, 'accept-encoding': 'identity' },
  });
  const { statusCode } = response;
  if (statusCode !== 200 && statusCode !== 206) {
    response.destroy();
    // The partial file is longer than the file, or belongs to another file.
    if (statusCode === 416) return rmSync(part, { force: true });
    if (statusCode !== undefined && statusCode >= 500) throw new Error(`it answers ${statusCode}`);
    throw new ProvisionError(`${shown(url)} answers ${statusCode}`);
  }
  const from = statusCode === 206 ? start : 0;
  let done = from;
  // Written at once: a stream would lose its buffer if the connection breaks.
  const file = openSync(part, from > 0 ? 'a' : 'w');
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      done += chunk.length;
      // The digest cannot match, and the disk may be too small.
      if (done > bytes) throw new ProvisionError(`${shown(url)} sends more than ${bytes} bytes`);
      for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
      options.onProgress(done);
    }
  } finally {
    closeSync(file);
    response.destroy();
  }
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
