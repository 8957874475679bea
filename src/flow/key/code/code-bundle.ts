import { posix } from 'node:path';
import type { Failure } from '../../core/events.ts';
import type { Digest } from '../../core/ids.ts';
import type { Result } from '../../core/result.ts';
import { readBundle } from './ts-bundle.ts';
import type { TsBundle, TsBundlerOptions } from './ts-bundle.ts';

/** The bundle of a TypeScript stage and its place. */
export interface CodeBundle {
  readonly digest: Digest;
  /** Below code/. */
  readonly file: string;
  /** The path below code/, in the last line of the bundle. Never hashed. */
  readonly mapFile: string;
  /** The names in node_modules that it can load: the packages in the key, and optional ones. */
  readonly packages: readonly string[];
  /** Always the bytes of `digest`; bundled again if the store has lost them. */
  bytes(): Promise<Result<Uint8Array, Failure>>;
  /** Undefined if it is lost; the bundle runs without it. */
  map(): Promise<Uint8Array | undefined>;
}

/** `entry`: project-relative. */
export function codeBundle(options: TsBundlerOptions, entry: string, bundle: TsBundle): CodeBundle {
  return {
    digest: bundle.code.digest,
    file: entry.replace(/\.[cm]?[jt]sx?$/, '') + '.mjs',
    packages: bundle.direct,
    mapFile: posix.join(posix.dirname(entry), 'bundle.map'),
    bytes: () => readBundle(options, entry, bundle.code),
    map: async () => {
      const map = await options.blobs.read(bundle.map);
      return map.ok ? map.value : undefined;
    },
  };
}
