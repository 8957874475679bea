import { closeSync, openSync, readSync } from 'node:fs';
import type { Platform } from './manifest.ts';

let known: Platform | undefined;

/**
 * The platform of this process. `node` is its major version, which only manifests of ts stages
 * contain.
 */
export function platform(): Platform {
  if (known === undefined) {
    const libc = process.platform === 'linux' ? readLibc() : undefined;
    known = {
      os: process.platform,
      arch: process.arch,
      ...(libc === undefined ? {} : { libc }),
      node: Number.parseInt(process.versions.node, 10),
    };
  }
  return known;
}

/**
 * The C library that this Node was linked against, by the loader that its ELF header names. Node's own
 * report says the same, but takes milliseconds.
 */
function readLibc(): 'glibc' | 'musl' | undefined {
  const head = Buffer.alloc(4096);
  try {
    const file = openSync(process.execPath, 'r');
    try {
      readSync(file, head, 0, head.length, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
  const loader = /\/ld-(musl|linux)/.exec(head.toString('latin1'))?.[1];
  if (loader === undefined) return undefined;
  return loader === 'musl' ? 'musl' : 'glibc';
}
