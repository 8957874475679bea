import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Interrupts, InterruptSignal } from '../../../src/flow/engine/interrupts.ts';
import { gracePeriodMs } from '../../../src/flow/engine/process/process-group.ts';
import { failureOf, ofType, World } from './world.ts';

/** Interrupts that a test sends. */
class Sent implements Interrupts {
  #count = 0;
  #listener: Parameters<Interrupts['on']>[0] | undefined;

  on(listener: Parameters<Interrupts['on']>[0]): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = undefined;
    };
  }

  send(signal: InterruptSignal): void {
    this.#count += 1;
    this.#listener?.(signal, this.#count);
  }
}

const stages = `
stages:
  long:
    sh: 'trap "touch $T/termed; exit 0" TERM; echo half > \${outputs.o}; touch "$T/ready"; while :; do sleep 0.05; done'
    env: [T]
    outputs: { o: o.txt }
  after: { sh: 'cp \${inputs.i} \${outputs.o}', inputs: { i: long.o }, outputs: { o: o.txt } }
  deaf:
    sh: 'trap "" TERM; touch "$T/deaf"; sleep 60 & wait; while :; do sleep 0.05; done'
    env: [T]
    outputs: { o: o.txt }
`;

async function until(file: string): Promise<void> {
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('an interrupt', () => {
  it('asks stages to end, kills them at the second, stores nothing, and records the run', async () => {
    const world = new World();
    world.env['T'] = world.root;
    const interrupts = new Sent();
    const running = world.run(stages, { interrupts });
    await until(world.at('ready'));
    await until(world.at('deaf'));
    interrupts.send('SIGINT');
    await until(world.at('termed'));
    const second = performance.now();
    interrupts.send('SIGINT');
    const ran = await running;
    expect(performance.now() - second).toBeLessThan(gracePeriodMs - 500);
    expect(ran.exitCode).toBe(130);
    expect(ran.outcomes).toEqual({ long: 'cancelled', after: 'cancelled', deaf: 'cancelled' });
    expect(ofType(ran, 'interrupted').map(({ signal }) => signal)).toEqual(['SIGINT']);
    const record = JSON.parse(world.read(`cache/runs/${ran.summary.run_id}/run.json`));
    expect(record.state).toBe('interrupted');
    expect((await world.plan(stages)).hits).toBe(0);
  });

  it('kills what does not end within five seconds', async () => {
    const world = new World();
    world.env['T'] = world.root;
    const interrupts = new Sent();
    const running = world.run(stages, { interrupts });
    await until(world.at('deaf'));
    interrupts.send('SIGTERM');
    const ran = await running;
    expect(ran.exitCode).toBe(143);
    expect(ran.summary.wall_s).toBeGreaterThan(4.5);
  });

  it('that comes before anything started lets nothing start', async () => {
    const world = new World();
    const interrupts = new Sent();
    const ran = await world.run(
      `stages: { s: { sh: 'echo 1 > \${outputs.o}', outputs: { o: o } } }`,
      {
        interrupts,
        emit: (event) => {
          if (event.type === 'queued') interrupts.send('SIGHUP');
        },
      },
    );
    expect(ran.exitCode).toBe(129);
    expect(ran.outcomes).toEqual({ s: 'cancelled' });
    expect(ofType(ran, 'started')).toEqual([]);
  });

  it('ends an instance that waits for its next attempt as failed, with the log of its last one', async () => {
    const world = new World();
    const interrupts = new Sent();
    const ran = await world.run(
      `
stages:
  flaky:
    sh: 'echo about to fail; exit 3'
    retries: { times: 5, backoff: 60s }
    outputs: { o: o }
  after: { sh: 'cp \${inputs.i} \${outputs.o}', inputs: { i: flaky.o }, outputs: { o: o } }
`,
      {
        interrupts,
        emit: (event) => {
          if (event.type === 'retrying') interrupts.send('SIGINT');
        },
      },
    );
    expect(ran.exitCode).toBe(130);
    expect(ran.outcomes).toEqual({ flaky: 'failed', after: 'cancelled' });
    const failure = failureOf(ran, 'flaky');
    expect(failure).toMatchObject({ message: 'exited with code 3', tail: ['about to fail'] });
    expect(world.read(failure.log ?? '')).toBe('about to fail\n');
  });
});

describe('the failure of another instance', () => {
  it('ends an instance that waits for its next attempt as failed, too', async () => {
    const world = new World();
    world.env['T'] = world.root;
    const ran = await world.run(
      `
stages:
  flaky: { sh: 'touch "$T/failed"; exit 3', env: [T], retries: { times: 5, backoff: 60s }, outputs: { o: o } }
  bad: { sh: 'while ! test -e "$T/told"; do sleep 0.02; done; exit 4', env: [T], outputs: { o: o } }
`,
      {
        emit: (event) => {
          if (event.type === 'retrying') world.write({ told: '' });
        },
      },
    );
    expect(ran.outcomes).toEqual({ flaky: 'failed', bad: 'failed' });
    expect(failureOf(ran, 'flaky').message).toBe('exited with code 3');
  });
});
