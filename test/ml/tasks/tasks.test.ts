import { expect, test } from 'vitest';
import { SUBMISSION_ORDER, WNLI } from '../../../src/ml/tasks/glue.ts';
import { outputs } from '../../../src/ml/tasks/task.ts';
import { findTask, TASKS, task, taskName } from '../../../src/ml/tasks/tasks.ts';

test('the tasks have the order that the method gives them', () => {
  expect(TASKS).toEqual(['mnli', 'rte', 'qqp', 'qnli', 'mrpc', 'sst2', 'cola', 'stsb']);
  for (const name of TASKS) expect(task(name).name).toBe(name);
});

test('a name that no task has is refused with the names that there are', () => {
  expect(findTask('rse')).toBeUndefined();
  expect(() => taskName('rse')).toThrow("there is no task 'rse'; the tasks are mnli, rte,");
});

test('a head has an output for each class, and one for a regression', () => {
  const widths = TASKS.map((name) => outputs(task(name)));
  expect(widths).toEqual([3, 2, 2, 2, 2, 2, 2, 1]);
});

test.each(TASKS)('the score of %s is one of its metrics', (name) => {
  expect(task(name).metrics).toContain(task(name).score);
});

test("a submission's order names every file of the tasks, and WNLI's, once", () => {
  const names = TASKS.flatMap((name) => task(name).submission.map((file) => file.name));
  expect([...names, WNLI.name].sort()).toEqual([...SUBMISSION_ORDER].sort());
});
