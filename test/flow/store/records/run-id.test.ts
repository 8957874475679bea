import { expect, test } from 'vitest';
import { newRunId } from '../../../../src/flow/store/records/run-id.ts';

test('ids are the time in UTC, so that they sort by it', () => {
  const at = new Date('2026-11-23T17:59:59.123Z');
  expect(newRunId(at)).toMatch(/^20261123-175959-07b[0-9a-f]{3}$/);
  expect(newRunId(new Date('2026-11-23T17:59:59.124Z')) > newRunId(at)).toBe(true);
});

test('ids follow the newest one, also where the clock was set back since', () => {
  const ahead = newRunId(new Date('2026-12-31T23:59:59.999Z'));
  const second = newRunId(new Date('2026-11-23T17:59:59.123Z'), ahead);
  expect(second).toMatch(/^20270101-000000-000[0-9a-f]{3}$/);
  expect(newRunId(new Date('2026-11-23T17:59:59.124Z'), second) > second).toBe(true);
  expect(newRunId(new Date('2027-02-01T00:00:00.000Z'), second)).toMatch(/^20270201-000000-000/);
});
