import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Access } from './read-trace.ts';
import { isIn, SYSTEM, within } from '../sandbox/toolchains.ts';
import type { View } from '../sandbox/view.ts';

/** The owner of an undeclared path. */
export type Owner = 'project' | 'package' | 'cache' | 'home' | 'other';

export interface Finding {
  /** Relative to the project root where it lies in it; a folder whose names were read ends in a slash. */
  readonly path: string;
  readonly owner: Owner;
}

export interface Findings {
  readonly reads: readonly Finding[];
  /** Writes outside the scratch folder. */
  readonly writes: readonly Finding[];
  /** Addresses on other machines. */
  readonly network: readonly string[];
}

/** The undeclared accesses of a stage, each once, sorted. */
export class FindingsBuilder {
  readonly #view: View;
  readonly #readable: readonly string[];
  readonly #reads = new Map<string, Owner>();
  readonly #writes = new Map<string, Owner>();
  readonly #network = new Set<string>();

  /**
   * @param also additional files and folders that can be read: the project's settings for sandboxes
   */
  constructor(view: View, also: readonly string[]) {
    this.#view = view;
    const { sources, toolchains, inputs } = view;
    this.#readable = [...sources, ...toolchains, ...inputs, ...also, ...realPackages(view)];
  }

  add(access: Access): void {
    switch (access.kind) {
      case 'connect':
        this.#network.add(access.address);
        return;
      case 'write': {
        const file = realParent(access.path);
        if (!this.#mayWrite(file)) this.#writes.set(this.#shown(file), this.#owner(file));
        return;
      }
      case 'read':
      case 'list': {
        const file = real(access.path);
        const folder = access.kind === 'list' && file !== '/';
        const name = `${this.#shown(file)}${folder ? '/' : ''}`;
        if (!this.#mayRead(file)) this.#reads.set(name, this.#owner(file));
      }
    }
  }

  build(): Findings {
    return {
      reads: sorted(this.#reads),
      writes: sorted(this.#writes),
      network: [...this.#network].sort(),
    };
  }

  #mayWrite(file: string): boolean {
    const { scratch, checkpoint } = this.#view;
    return within(file, [scratch, checkpoint, '/dev', '/proc']);
  }

  #mayRead(file: string): boolean {
    if (this.#mayWrite(file) || within(file, this.#readable)) return true;
    // A project or a home folder can be in a folder of the system: /opt/app, /usr/src/app.
    const { root, cache, homes } = this.#view;
    const own = [root, cache, ...homes];
    return (
      within(file, SYSTEM) &&
      !within(
        file,
        own.filter((folder) => within(folder, SYSTEM)),
      )
    );
  }

  #owner(file: string): Owner {
    const { root, cache, homes } = this.#view;
    if (isIn(file, cache)) return 'cache';
    if (isIn(file, path.join(root, 'node_modules'))) return 'package';
    if (isIn(file, real(path.join(root, 'node_modules')))) return 'package';
    if (isIn(file, root)) return 'project';
    return within(file, homes) ? 'home' : 'other';
  }

  #shown(file: string): string {
    const { root } = this.#view;
    return isIn(file, root) ? path.relative(root, file) || '.' : file;
  }
}

/** The packages with their real paths too, because node_modules can be a link. */
function realPackages({ root, packages }: View): readonly string[] {
  return packages.map((folder) => real(path.join(root, folder)));
}

function sorted(found: ReadonlyMap<string, Owner>): readonly Finding[] {
  const each = [...found].map(([file, owner]) => ({ path: file, owner }));
  return each.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function real(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

/** The real path of the parent: the file itself may not exist, and a link is not followed. */
function realParent(file: string): string {
  return path.join(real(path.dirname(file)), path.basename(file));
}
