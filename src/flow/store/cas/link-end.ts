/** Linux follows at most this many links; a longer chain counts as a loop. */
const MAX_HOPS = 40;

/**
 * Where a symbolic link of a tree leads, walked component by component as the kernel would, because
 * `a/../b` means something else when `a` is itself a link. `links`: path -> target of all links of the tree.
 * A target that does not exist is inside as long as its path is.
 */
export function linkEnd(
  path: string,
  links: ReadonlyMap<string, string>,
): 'inside' | 'escapes' | 'loop' {
  const at: string[] = path.split('/').slice(0, -1);
  const ahead: string[] = [path.slice(path.lastIndexOf('/') + 1)];
  for (let hops = 0; ahead.length > 0;) {
    const part = ahead.shift();
    if (part === undefined || part === '' || part === '.') continue;
    if (part === '..') {
      if (at.pop() === undefined) return 'escapes';
      continue;
    }
    at.push(part);
    const target = links.get(at.join('/'));
    if (target === undefined) continue;
    if (target.startsWith('/')) return 'escapes';
    hops += 1;
    if (hops > MAX_HOPS) return 'loop';
    at.pop();
    ahead.unshift(...target.split('/'));
  }
  return 'inside';
}
