// Below /proc the system makes no folders, and says of a new one that it does not exist. Node's own
// recursive mkdir tries for ever there.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ToyProject, toyFiles } from './toy-project.ts';

let project: ToyProject;
beforeAll(async () => {
  project = new ToyProject(toyFiles);
  await project.flow('run', 'pipelines/toy.yaml');
});
afterAll(() => project.remove());

test.skipIf(!existsSync('/proc/self')).each([
  ['run', 'pipelines/toy.yaml', '--cache', '/proc/none/cache'],
  ['init', '/proc/none'],
  ['checkout', 'join', '/proc/none/deep/copy'],
  ['export', '--ro-crate', '-o', '/proc/none/crate'],
])('flow %s ends with a message where no folder can be made', async (...args) => {
  const { code, stderr } = await project.flow(...args);
  expect(stderr).toContain('/proc/none: its file system allows no new folders');
  expect(code).toBe(args[0] === 'checkout' ? 1 : 3);
});

test.skipIf(!existsSync('/proc/self'))('a run does not need a home folder', async () => {
  const env = { HOME: '/proc/none', XDG_STATE_HOME: '' };
  expect(await project.flowWith({ env }, 'run', 'pipelines/toy.yaml')).toMatchObject({ code: 0 });
});
