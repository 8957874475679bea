import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkEnd } from '../../../src/flow/store/cas/link-end.ts';
import { scan } from '../../../src/flow/store/cas/scan.ts';
import { keyOf, openTemporary, resultOf, temporaryFolder, value } from './temporary.ts';

type Node =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly exec: boolean }
  | { readonly kind: 'dir' }
  | { readonly kind: 'link'; readonly target: string };

/** File names as a file system takes them: any text but `/`, NUL, `.` and `..`. */
const name = fc
  .oneof(
    fc.constantFrom('a', 'b', 'é', 'e\u0301', '語', '\u{1F600}', '\uFF5E', ' ', '"\\', '.x'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  )
  .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..');

const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

const node: fc.Arbitrary<Node> = fc.oneof(
  fc.record({
    kind: fc.constant('file' as const),
    bytes: fc.uint8Array({ maxLength: 20 }),
    exec: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('dir' as const) }),
  fc.record({
    kind: fc.constant('link' as const),
    target: fc.oneof(name, path, fc.constantFrom('..', '../a', './b/../a', '.')),
  }),
);

/** Paths whose parents are no leaves, links that stay inside: what a stage may write. */
const tree = fc.dictionary(path, node, { maxKeys: 8, noNullPrototype: true }).map((nodes) => {
  const kept = new Map<string, Node>();
  for (const [path, node] of Object.entries(nodes)) {
    const clash = [...kept.keys()].some(
      (other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`),
    );
    if (!clash) kept.set(path, node);
  }
  const links = new Map<string, string>();
  for (const [path, node] of kept) if (node.kind === 'link') links.set(path, node.target);
  for (const path of links.keys()) if (linkEnd(path, links) !== 'inside') kept.delete(path);
  return kept;
});

function build(root: string, nodes: ReadonlyMap<string, Node>): void {
  mkdirSync(root);
  for (const [path, node] of nodes) {
    const absolute = join(root, path);
    mkdirSync(dirname(absolute), { recursive: true });
    if (node.kind === 'dir') mkdirSync(absolute);
    if (node.kind === 'link') symlinkSync(node.target, absolute);
    if (node.kind !== 'file') continue;
    writeFileSync(absolute, node.bytes);
    chmodSync(absolute, node.exec ? 0o755 : 0o644);
  }
}

/** What lies below a folder, read by other code than the store's listing. */
function look(root: string): readonly string[] {
  const found = value(scan(root, 'keep'));
  if (found.kind !== 'tree') throw new Error('a folder was expected');
  return [
    ...found.files.map(({ path, exec, size }) => `file ${path} ${exec} ${size}`),
    ...found.dirs.map((path) => `dir ${path}`),
    ...Array.from(found.links, ([path, target]) => `link ${path} ${target}`),
  ].sort();
}

test('materialise after publish is the identity on trees', async () => {
  const store = await openTemporary();
  const work = temporaryFolder();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(tree, fc.constantFrom('move', 'copy'), async (nodes, how) => {
      count += 1;
      const [one, two, three] = [`${count}-1`, `${count}-2`, `${count}-3`].map((n) =>
        join(work, n),
      );
      if (one === undefined || two === undefined || three === undefined) throw new Error();
      build(one, nodes);
      const before = look(one);
      const content = value(await store.contentOf(one));
      const artifact = value(await store.ingest(one, how));
      expect(artifact).toEqual(content);
      await store.publish(resultOf(String(count), { out: artifact }));
      const published = (await store.action(keyOf(String(count))))?.outputs['out'];
      expect(published).toEqual(artifact);
      value(await store.materialise(artifact, two, 'read-only'));
      value(await store.materialise(artifact, three, 'writable'));
      expect(look(two)).toEqual(before);
      expect(look(three)).toEqual(before);
      expect(value(await store.ingest(two, 'copy'))).toEqual(artifact);
      expect(value(await store.ingest(three, 'move'))).toEqual(artifact);
      expect(await store.checkUntouched(artifact, two)).toBe(true);
    }),
    { numRuns: 100 },
  );
}, 60_000);
