import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Victim } from './scenarios.ts';

let victim: Victim;

beforeEach(() => {
  victim = new Victim();
});

afterEach(() => victim.close());

const placed = (name: string): string => readFileSync(victim.project.at('placed', name), 'utf8');

describe('after a kill while exports are placed', () => {
  it.each(['checkout.built#1', 'checkout.placed#1', 'checkout.built#2', 'checkout.placed#2'])(
    'at %s, the next run replaces them by what it has itself',
    async (place) => {
      const killed = await victim.run('one', `kill@${place}`);
      expect(killed.code).not.toBe(0);
      const next = await victim.run('two');
      expect(next.stderr).not.toContain('flow did not write it');
      expect(next.code).toBe(0);
      expect(placed('d/sub/f')).toBe('two\nsecond\n');
    },
  );

  it('a file that a person puts there instead stays', async () => {
    await victim.run('one', 'kill@checkout.built');
    victim.project.write({ 'placed/d': 'mine' });
    const next = await victim.run('two');
    expect(next.stderr).toContain('flow did not write it');
    expect(next.code).toBe(1);
    expect(placed('d')).toBe('mine');
  });
});
