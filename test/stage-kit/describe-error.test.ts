import { expect, test } from 'vitest';
import { describeError } from '../../src/stage-kit/describe-error.ts';

const code = '/tmp/scratch-7/code';

test("an error is told by its message and the frames of the stage's own code", () => {
  const error = new Error('250 rows are asked for, but the pool has 0');
  error.stack = [
    `Error: ${error.message}`,
    `    at selectTop (${code}/src/ml/select/select.ts:26:11)`,
    `    at file://${code}/stages/select.ts:14:16`,
    '    at ModuleJob.run (node:internal/modules/esm/module_job:325:25)',
    '    at async node:internal/main/run_main_module:36:49',
  ].join('\n');
  expect(describeError(error, code)).toBe(
    [
      'Error: 250 rows are asked for, but the pool has 0',
      '    at selectTop (src/ml/select/select.ts:26:11)',
      '    at stages/select.ts:14:16',
      '',
    ].join('\n'),
  );
});

test('causes are told too, and so is what is no error', () => {
  const error = new Error('no rows', { cause: new TypeError('not a table') });
  expect(describeError(error, code)).toMatch(/Error: no rows[^]*\[cause\]: TypeError: not a table/);
  expect(describeError('stop', code)).toBe("'stop'\n");
});
