import type { Interrupts, InterruptSignal } from './context.ts';

const signals: readonly InterruptSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The signals of this process; while someone listens they no longer end it. */
export function processInterrupts(): Interrupts {
  return {
    on(listener) {
      let count = 0;
      const receive = (signal: NodeJS.Signals): void => {
        count += 1;
        listener(signal as InterruptSignal, count);
      };
      for (const signal of signals) process.on(signal, receive);
      return () => {
        for (const signal of signals) process.off(signal, receive);
      };
    },
  };
}

export const exitCodeOf = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
