import type { ActionKey } from '../../core/ids.ts';

/** Tasks of equal key within one run: the first computes it, the others wait for its result. */
export class SingleFlight {
  readonly #groups = new Map<ActionKey, { leader: number; followers: number[] }>();

  /** true: this task is the one that computes the key. */
  join(key: ActionKey, task: number): boolean {
    const group = this.#groups.get(key);
    if (group === undefined) {
      this.#groups.set(key, { leader: task, followers: [] });
      return true;
    }
    if (group.leader !== task && !group.followers.includes(task)) group.followers.push(task);
    return group.leader === task;
  }

  /** The key's result is there: who waited for it. Empty unless `task` was to compute it. */
  land(key: ActionKey, task: number): readonly number[] {
    const group = this.#groups.get(key);
    if (group?.leader !== task) return [];
    this.#groups.delete(key);
    return group.followers;
  }

  /** `task` will not compute it after all: who does instead, if one still waits. */
  leave(key: ActionKey, task: number, waits: (task: number) => boolean): number | undefined {
    const group = this.#groups.get(key);
    if (group === undefined) return undefined;
    if (group.leader !== task) {
      group.followers = group.followers.filter((each) => each !== task);
      return undefined;
    }
    this.#groups.delete(key);
    const [next, ...followers] = group.followers.filter(waits);
    if (next !== undefined) this.#groups.set(key, { leader: next, followers });
    return next;
  }
}
