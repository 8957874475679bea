import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

// What a person reads in Markdown: links lead somewhere, and tables are tables.

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');

const SKIPPED = new Set(['node_modules', 'dist', 'cache', '.git']);

function pagesBelow(folder: string): readonly string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (SKIPPED.has(entry.name) && entry.isDirectory()) return [];
    if (entry.isDirectory()) return pagesBelow(name);
    return entry.name.endsWith('.md') ? [name] : [];
  });
}

const pages = pagesBelow('.');

/** Code keeps its place as white space: nothing in it is a link or a heading. */
function withoutFences(text: string): string {
  return text.replaceAll(/^( *)(```+|~~~+)[^]*?^\1\2 *$/gm, (code) =>
    code.replaceAll(/[^\n]/g, ''),
  );
}

/** As GitHub makes them: https://github.com/jch/html-pipeline, TableOfContentsFilter. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, title = ''] of withoutFences(text).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const shown = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = shown
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

function linksOf(text: string): readonly string[] {
  const prose = withoutFences(text).replaceAll(/(`+)[^`]+\1/g, '');
  return [
    ...[...prose.matchAll(/\]\(<?([^)>\s]+)>?(?: +"[^"]*")?\)/g)].map(([, to = '']) => to),
    ...[...prose.matchAll(/^\[[^\]]+\]: +(\S+)/gm)].map(([, to = '']) => to),
  ];
}

test('there are pages to look at', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/README.md', 'docs/how-to.md']));
  expect(linksOf('[a](b.md#c) `[no](x)` ![d](e.png)\n```\n[no](y)\n```\n')).toEqual([
    'b.md#c',
    'e.png',
  ]);
  expect([...anchorsOf('# What goes?\n## `flow gc` & co\n## What goes\n')]).toEqual([
    'what-goes', 'flow-gc--co', 'what-goes-1',
  ]); // prettier-ignore
});

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('has links that lead to what is there', () => {
    const broken = linksOf(text).filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
      if (target.startsWith('..') || !existsSync(path.join(root, target))) return true;
      if (anchor === undefined) return false;
      const shown = statSync(path.join(root, target)).isDirectory()
        ? `${target}/README.md`
        : target;
      return !anchorsOf(read(shown)).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('has tables whose rows have the cells of their head', () => {
    const lines = withoutFences(text).split('\n');
    const odd: string[] = [];
    for (const [i, line] of lines.entries()) {
      if (!/^ *\|?(?: *:?-{3,}:? *\|)+/.test(line)) continue;
      const width = cells(line);
      const end = lines.findIndex((each, at) => at > i && !each.includes('|'));
      const rows = [lines[i - 1] ?? '', ...lines.slice(i + 1, end === -1 ? undefined : end)];
      odd.push(...rows.filter((row) => cells(row) !== width));
    }
    expect(odd).toEqual([]);
  });
});

/** A bar that is not escaped ends a cell, in code too. */
function cells(row: string): number {
  return row
    .trim()
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split(/(?<!\\)\|/).length;
}

test('every page of docs/ is reached from its contents, or from the page of the experiments', () => {
  const contents = ['docs/README.md', 'docs/experiments.md'];
  const linked = new Set(
    contents.flatMap((page) => linksOf(read(page)).map((link) => link.split('#')[0])),
  );
  const entries = new Set(contents.map((page) => path.basename(page)));
  expect(linksOf(read('README.md'))).toEqual(expect.arrayContaining(contents));
  const lost = readdirSync(path.join(root, 'docs')).filter(
    (name) => name.endsWith('.md') && !entries.has(name) && !linked.has(name),
  );
  expect(lost).toEqual([]);
});
