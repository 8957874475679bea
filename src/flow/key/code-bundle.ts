import { posix } from 'node:path';
import type { Failure } from '../core/events.ts';
import type { Digest } from '../core/ids.ts';
import type { Result } from '../core/result.ts';
import { readBundle } from './ts-bundle.ts';
import type { TsBundle, TsBundlerOptions } from './ts-bundle.ts';

/** What a TypeScript stage runs, and where it lies. */
export interface CodeBundle {
  readonly digest: Digest;
  /** Below code/. */
  readonly file: string;
  /** Below code/; the bundle's last line names it. Never hashed. */
  readonly mapFile: string;
  /** Always the bytes of `digest`; made again where the store has lost them. */
  bytes(): Promise<Result<Uint8Array, Failure>>;
  /** undefined: lost; the bundle runs without it. */
  map(): Promise<Uint8Array | undefined>;
}

/** `entry`: project-relative. */
export function codeBundle(options: TsBundlerOptions, entry: string, bundle: TsBundle): CodeBundle {
  return {
    digest: bundle.code.digest,
    file: entry.replace(/\.[cm]?[jt]sx?$/, '') + '.mjs',
    mapFile: posix.join(posix.dirname(entry), 'bundle.map'),
    bytes: () => readBundle(options, entry, bundle.code),
    map: async () => {
      const map = await options.blobs.read(bundle.map);
      return map.ok ? map.value : undefined;
    },
  };
}
