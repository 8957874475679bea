const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type InterruptSignal = (typeof signals)[number];

export interface Interrupts {
  /** `count` is 1 for the first signal of any kind. Returns a function that stops listening. */
  on(listener: (signal: InterruptSignal, count: number) => void): () => void;
}

/** The signals of this process. While there is a listener, they do not end the process. */
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
