import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { CodeBundle } from '../../key/code/code-bundle.ts';
import { digestBytes, hexOf } from '../../key/digest.ts';

/** The `node_modules` of a ts stage. */
export interface NodeModules {
  readonly folder: string;
  /** A module that Node loads before the bundle. */
  readonly guard: string;
}

/**
 * A folder of links to the packages that the bundle's key holds. Stages of one run whose bundles lead to the
 * same packages share it. `place`: the folder of the run's scratch folders, absolute.
 */
export function nodeModules(root: string, bundle: CodeBundle, place: string): NodeModules {
  const folder = path.join(
    place,
    `packages-${hexOf(digestBytes(bundle.packages.join('\n'))).slice(0, 16)}`,
  );
  // No other attempt comes between these calls.
  if (!existsSync(folder)) {
    const made = mkdtempSync(`${folder}-`);
    mkdirSync(path.join(made, 'node_modules'));
    for (const name of bundle.packages) {
      const link = path.join(made, 'node_modules', name);
      mkdirSync(path.dirname(link), { recursive: true });
      symlinkSync(path.join(root, 'node_modules', name), link);
    }
    writeFileSync(path.join(made, 'guard.cjs'), GUARD);
    // What a tool keeps in node_modules/.cache would reach other stages.
    chmodSync(path.join(made, 'node_modules'), 0o555);
    renameSync(made, folder);
  }
  return { folder: path.join(folder, 'node_modules'), guard: path.join(folder, 'guard.cjs') };
}

/**
 * `require` searches all folders above. The cache is usually in the project, so it would find the project's
 * node_modules, also what no key counts.
 */
const GUARD = `const Module = require('node:module');
const { dirname, sep } = require('node:path');
const place = dirname(__dirname) + sep;
const search = Module._nodeModulePaths;
Module._nodeModulePaths = (from) => {
  const paths = search.call(Module, from);
  return String(from).startsWith(place) ? paths.filter((path) => path.startsWith(place)) : paths;
};
`;
