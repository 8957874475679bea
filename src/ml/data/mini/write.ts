// Writes the mini world to disk: one folder in GLUE's layout, and one with the truth that models must not
// see: the domains of all rows, and the labels of the test files.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { MiniFile } from './generate.ts';
import { formatTable } from './tables.ts';
import { DOMAIN_NAMES } from './words.ts';

export function writeMini(
  files: readonly MiniFile[],
  places: { readonly glue: string; readonly truth: string },
): void {
  for (const { folder, name, table, rows } of files) {
    mkdirSync(path.join(places.glue, folder), { recursive: true });
    writeFileSync(path.join(places.glue, folder, `${name}.tsv`), formatTable(table, rows));
  }
  mkdirSync(places.truth, { recursive: true });
  writeFileSync(path.join(places.truth, 'domains.tsv'), formatDomains(files));
  for (const file of files) {
    if (file.measured) continue;
    mkdirSync(path.join(places.truth, file.folder), { recursive: true });
    writeFileSync(path.join(places.truth, file.folder, `${file.name}.tsv`), formatTruth(file));
  }
}

function formatDomains(files: readonly MiniFile[]): string {
  const lines = files
    .filter(({ measured }) => measured)
    .flatMap(({ folder, name, rows }) =>
      rows.map(({ domain, teaches }, row) => {
        const split = name === 'dev_matched' ? 'dev' : name;
        return [folder, split, row, DOMAIN_NAMES[domain], Number(teaches)].join('\t');
      }),
    );
  return ['task\tsplit\trow\tdomain\tteaches', ...lines, ''].join('\n');
}

function formatTruth({ rows }: MiniFile): string {
  const lines = rows.map(({ label, domain, teaches }, index) =>
    [index, label, DOMAIN_NAMES[domain], Number(teaches)].join('\t'),
  );
  return ['index\tlabel\tdomain\tteaches', ...lines, ''].join('\n');
}
