import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StageEvent } from '../../../src/flow/core/events.ts';
import { commandLine } from '../../../src/flow/engine/attempt/command-line.ts';
import { shellQuote } from '../../../src/flow/core/names.ts';
import { isRetried } from '../../../src/flow/engine/attempt/failure.ts';
import { logTail } from '../../../src/flow/store/log-tail.ts';
import { capacities, Devices } from '../../../src/flow/engine/schedule/pools.ts';
import { parseStageEvent, StageEvents } from '../../../src/flow/engine/process/stage-events.ts';
import type { Command, Instance } from '../../../src/flow/pipeline/dag.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flow-parts-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const paths = {
  inputs: { one: 'in/one/a b.txt', many: ['in/many/0000/x', 'in/many/0001/x'] },
  outputs: { o: 'out/o.txt' },
};

const program = [process.execPath, '--enable-source-maps', 'code/stages/s.mjs'];

const argv = (command: Command): readonly string[] =>
  commandLine({ id: 's', command } as unknown as Instance, paths, program);

describe('a command line', () => {
  it('makes several words of a collected input that is a whole word', () => {
    const words = ['cat', [{ input: 'many' }], ['--out=', { output: 'o' }], [{ input: 'one' }]];
    expect(argv({ kind: 'cmd', argv: words })).toEqual([
      'cat',
      'in/many/0000/x',
      'in/many/0001/x',
      '--out=out/o.txt',
      'in/one/a b.txt',
    ]);
  });

  it('quotes paths for the shell, each as one word', () => {
    const script = ['cat ', { input: 'one' }, ' ', { input: 'many' }, ' > ', { output: 'o' }];
    expect(argv({ kind: 'sh', script }).at(-1)).toBe(
      "cat 'in/one/a b.txt' in/many/0000/x in/many/0001/x > out/o.txt",
    );
    expect(shellQuote("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  });

  it('of a ts or py stage is the program that its code was laid out for', () => {
    expect(argv({ kind: 'ts', entry: 'stages/s.ts' })).toEqual(program);
    expect(argv({ kind: 'py', entry: 'stages/s.py' })).toEqual(program);
  });
});

describe('the events of a stage', () => {
  it('are read to the end, whole lines at a time, the last progress only', async () => {
    const file = path.join(folder, 'events');
    const events: StageEvent[] = [];
    const reader = new StageEvents(file, (event) => events.push(event));
    appendFileSync(file, '{"type":"progress","done":1,"total":3,"unit":"rows"}\n');
    appendFileSync(file, '{"type":"note","text":"grüße"}\nnonsense\n{"type":"other"}\n');
    appendFileSync(file, '{"type":"progress","done":2,"total":3,"unit":"rows"}\n');
    expect(await reader.close()).toBe(
      'flow ignores 2 line(s) of its event file that are not events',
    );
    expect(events).toEqual([
      { type: 'note', text: 'grüße' },
      { type: 'progress', done: 2, total: 3, unit: 'rows' },
    ]);
  });

  it('may be more than a chunk, with characters cut by its end', async () => {
    const file = path.join(folder, 'events');
    const text = 'ü'.repeat(50_000);
    writeFileSync(file, `${JSON.stringify({ type: 'note', text })}\n`.repeat(3));
    const whole: boolean[] = [];
    const reader = new StageEvents(file, (event) =>
      whole.push(event.type === 'note' && event.text === text),
    );
    expect(await reader.close()).toBeUndefined();
    expect(whole).toEqual([true, true, true]);
  });

  it.each([
    [
      '{"type":"metric","name":"loss","value":0.5}',
      { type: 'metric', name: 'loss', value: 0.5, step: 0 },
    ],
    ['{"type":"metric","name":"loss","value":"low"}', undefined],
    [
      '{"type":"note","text":"two\\nlines \\u001b[2J"}',
      { type: 'note', text: 'two lines \ufffd[2J' },
    ],
    ['{"type":"progress","done":1}', undefined],
    ['[]', undefined],
    ['null', undefined],
  ])('%s', (line, event) => {
    expect(parseStageEvent(line)).toEqual(event);
  });
});

describe('pools', () => {
  it('hold cpu as jobs say, what is configured, and otherwise one user at a time', () => {
    const demands = [
      { cpu: 1, gpu: 1, license: 2 },
      { cpu: 8, license: 1, memory: 5 },
    ];
    expect(capacities(demands, 3, { gpu: 4 }, 1 << 30)).toEqual({
      cpu: 3,
      gpu: 4,
      license: 2,
      memory: 1 << 30,
    });
  });

  it('hand devices out, lowest first, and take them back', () => {
    const devices = new Devices(3, undefined);
    expect(devices.take(1)).toEqual(['0']);
    expect(devices.take(2)).toEqual(['1', '2']);
    devices.release(['1', '2']);
    devices.release(['0']);
    expect(devices.take(2)).toEqual(['0', '1']);
  });

  it('hand out only devices that the driver itself may see', () => {
    expect(new Devices(2, '3,5').take(2)).toEqual(['3', '5']);
  });
});

describe('the tail of a log', () => {
  it('is its last lines, also of a log without an end of line and of a large one', () => {
    const file = path.join(folder, 'log');
    expect(logTail(file)).toEqual([]);
    writeFileSync(file, 'one\r\ntwo');
    expect(logTail(file)).toEqual(['one', 'two']);
    writeFileSync(file, `${'x'.repeat(1_000_000)}\nlast\n`);
    expect(logTail(file).at(-1)).toBe('last');
    expect(logTail(file)[0]?.length).toBeLessThan(1_100);
  });
});

describe('a retry', () => {
  it('needs an attempt left and a failure that another attempt may mend', () => {
    const retries = { times: 2, backoffMs: 0 };
    const exit = { reason: 'exit', message: '', exitCode: 75 } as const;
    expect(isRetried(exit, retries, 2)).toBe(true);
    expect(isRetried(exit, retries, 3)).toBe(false);
    expect(isRetried(exit, { ...retries, on: [75] }, 1)).toBe(true);
    expect(isRetried(exit, { ...retries, on: [1] }, 1)).toBe(false);
    expect(isRetried({ reason: 'timeout', message: '' }, { ...retries, on: [75] }, 1)).toBe(false);
    expect(isRetried({ reason: 'code', message: '' }, retries, 1)).toBe(false);
  });
});
