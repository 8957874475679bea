import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isInside } from '../paths.ts';

// Two images that are mounted in turn at one place can have files with equal sizes, times, devices and
// inodes. Only the mounted image distinguishes them.

interface Mount {
  /** `major:minor` */
  readonly device: string;
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly source: string;
}

/** The mounts as this process first sees them. */
export class Mounts {
  readonly #home: string;
  #homeDevice: bigint | undefined;
  #all: readonly Mount[] | undefined;
  readonly #known = new Map<bigint, string | undefined>();

  /** `home`: an existing folder whose mount is trusted: what is remembered about files is there too. */
  constructor(home: string) {
    this.#home = home;
  }

  /**
   * A text that differs if another file system is mounted there; empty where that needs no text.
   * Undefined: nothing tells. `device`: of the file at the path.
   */
  identity(path: string, device: bigint): string | undefined {
    if (process.platform !== 'linux') return '';
    this.#homeDevice ??= statSync(this.#home, { bigint: true }).dev;
    if (device === this.#homeDevice) return '';
    if (!this.#known.has(device)) this.#known.set(device, this.#describe(path, device));
    return this.#known.get(device);
  }

  #describe(path: string, device: bigint): string | undefined {
    try {
      this.#all ??= readMounts();
      const name = nameOf(device);
      const mounts = this.#all.filter((mount) => mount.device === name);
      // Mounts of one device show the same files. A subvolume has a device that no mount names.
      const [mount] = mounts.length > 0 ? mounts : around(this.#all, realpathSync(path));
      if (mount === undefined) return undefined;
      const { type, source, root } = mount;
      if (type === 'overlay') return '';
      const images = backingFiles(mount.device);
      const place = mounts.length > 0 ? [] : [root];
      return [type, source, ...place, ...images].join(' ');
    } catch {
      return undefined;
    }
  }
}

function readMounts(): readonly Mount[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , device = '', root = '', point = ''] = before.split(' ');
    const [type = '', source = ''] = after.split(' ');
    return { device, root, point: unescaped(point), type, source };
  });
}

/** A mount point writes a space as `\040`. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 8)),
  );
}

/** The mount that a real path is on. */
function around(mounts: readonly Mount[], path: string): readonly Mount[] {
  const above = mounts.filter(({ point }) => isInside(point, path));
  return above.sort((a, b) => b.point.length - a.point.length).slice(0, 1);
}

/** `major:minor`, as Linux encodes it. */
function nameOf(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}

/** The files behind a loop device, also below a partition or a device mapper, as they are now. */
function backingFiles(device: string): readonly string[] {
  return imagesOf(realOf(`/sys/dev/block/${device}`), 0);
}

function imagesOf(block: string | undefined, depth: number): readonly string[] {
  if (block === undefined || depth > 8) return [];
  // A partition lies in the folder of its disk.
  const file = textOf(join(block, 'loop', 'backing_file')) ?? textOf(join(dirname(block), 'loop', 'backing_file')); // prettier-ignore
  if (file !== undefined) {
    const { size, mtimeNs, ctimeNs, dev, ino } = statSync(file.trimEnd(), { bigint: true });
    return [`${file.trimEnd()} ${size}:${mtimeNs}:${ctimeNs}:${dev}:${ino}`];
  }
  const slaves = namesIn(join(block, 'slaves'));
  return slaves.flatMap((name) => imagesOf(realOf(join(block, 'slaves', name)), depth + 1));
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
