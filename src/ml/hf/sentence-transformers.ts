// The layout of sentence-transformers: modules.json names the encoder's folder and what follows it.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseMapping } from '../json-mapping.ts';

export interface Modules {
  /** Folder of the encoder, relative; empty: the folder itself. */
  readonly encoder: string;
  /** How hidden states are pooled: `mean_tokens`, `cls_token`, …; absent if not given. */
  readonly pooling?: string;
}

const FILE = 'modules.json';

/** @returns undefined for a folder of another layout, or modules of another kind */
export function readModules(folder: string): Modules | undefined {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return undefined;
  const list: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const modules = Array.isArray(list)
    ? (list as readonly { type?: unknown; path?: unknown }[])
    : [];
  const place = (kind: string) => {
    const found = modules.find(({ type }) => String(type).endsWith(`.${kind}`))?.path;
    return typeof found === 'string' ? found : undefined;
  };
  const encoder = place('Transformer');
  if (encoder === undefined) return undefined;
  const config = path.join(folder, place('Pooling') ?? '', 'config.json');
  if (place('Pooling') === undefined || !existsSync(config)) return { encoder };
  const modes = Object.entries(parseMapping(readFileSync(config, 'utf8'), config))
    .filter(([name, on]) => name.startsWith('pooling_mode_') && on === true)
    .map(([name]) => name.slice('pooling_mode_'.length));
  return { encoder, ...(modes.length === 0 ? {} : { pooling: modes.join('+') }) };
}
