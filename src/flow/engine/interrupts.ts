const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type InterruptSignal = (typeof signals)[number];

export interface Interrupts {
  /** `count` is 1 for the first interrupt of any kind. Returns what ends the listening. */
  on(listener: (signal: InterruptSignal, count: number) => void): () => void;
}

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
