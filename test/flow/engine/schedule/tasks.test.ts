import { describe, expect, it } from 'vitest';
import type { ActionKey } from '../../../../src/flow/core/ids.ts';
import { SingleFlight } from '../../../../src/flow/engine/schedule/tasks.ts';

const key = 'sha256:k' as ActionKey;
const always = (): boolean => true;

describe('tasks of equal key', () => {
  it('follow the first one, and the next takes over where it gives up', () => {
    const flights = new SingleFlight();
    expect([1, 2, 3].map((task) => flights.join(key, task))).toEqual([1, 1, 1]);
    expect(flights.leave(key, 2, always)).toBeUndefined();
    expect(flights.leave(key, 1, always)).toBe(3);
    expect(flights.join(key, 4)).toBe(3);
    expect(flights.settle(key, 4)).toEqual([]);
    expect(flights.settle(key, 3)).toEqual([4]);
    expect(flights.join(key, 5)).toBe(5);
  });

  it('share a result from when it can be read until it is known what became of it', () => {
    const flights = new SingleFlight();
    for (const task of [1, 2, 3]) flights.join(key, task);
    expect(flights.hasLanded(key)).toBe(false);
    expect(flights.land(key, 2, always)).toEqual([]);
    expect(flights.land(key, 1, (task) => task !== 2)).toEqual([3]);
    expect(flights.hasLanded(key)).toBe(true);
    expect(flights.join(key, 4)).toBe(1);
    expect(flights.leave(key, 1, always)).toBeUndefined();
    expect(flights.settle(key, 1)).toEqual([3, 4]);
    expect(flights.hasLanded(key)).toBe(false);
  });
});
