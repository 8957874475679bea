import { mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostFingerprint } from '../../../../src/flow/key/action/host-fingerprint.ts';
import { placeOf } from '../../../../src/flow/key/action/places.ts';
import { makeInstance, TempProject } from '../temp-project.ts';

test('~/ is the home folder, and ~/.cache/ the folder that XDG_CACHE_HOME names', () => {
  const env = { HOME: '/home/u' };
  expect(placeOf('~/x', '/p', env)).toBe('/home/u/x');
  expect(placeOf('~/.cache/x', '/p', env)).toBe('/home/u/.cache/x');
  expect(placeOf('~/.cache/x', '/p', { ...env, XDG_CACHE_HOME: '/c' })).toBe('/c/x');
  expect(placeOf('~/.cached', '/p', { ...env, XDG_CACHE_HOME: '/c' })).toBe('/home/u/.cached');
  // The specification has relative ones ignored.
  expect(placeOf('~/.cache/x', '/p', { ...env, XDG_CACHE_HOME: 'c' })).toBe('/home/u/.cache/x');
  expect(placeOf('./x', '/p', env)).toBe('/p/x');
  expect(placeOf('/x', '/p', env)).toBe('/x');
});

test('the fingerprint changes with what comes, changes and goes in a watched place', async () => {
  const project = new TempProject();
  const probe = makeInstance({ probe: true, watch: ['~/.cache/things'] });
  const now = () => hostFingerprint(project.root, probe, { XDG_CACHE_HOME: project.root });
  const seen = [await now()];
  mkdirSync(join(project.root, 'things'));
  seen.push(await now());
  project.write('things/a/about.json', '{}');
  seen.push(await now());
  expect(await now()).toBe(seen[2]);
  utimesSync(join(project.root, 'things/a/about.json'), 1, 1);
  seen.push(await now());
  project.write('things/a/about.json', '{ }');
  seen.push(await now());
  project.write('things/a/deep/deeper/x', '');
  const deep = await now();
  project.write('things/a/deep/deeper/y', '');
  expect(await now()).toBe(deep);
  project.remove('things');
  expect(await now()).toBe(seen[0]);
  expect(new Set([...seen, deep]).size).toBe(6);
  expect(await hostFingerprint(project.root, makeInstance({ probe: true }), {})).not.toBe(seen[0]);
});
