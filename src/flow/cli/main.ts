import process from 'node:process';
import { describeError, isClosedPipe, openIo } from './io.ts';

/** One command, from argv to the exit code. The first thing that dist/flow.js calls: see launch.ts. */
export async function main(argv: readonly string[], version: string): Promise<void> {
  const io = openIo(process, version);
  try {
    const { dispatch } = await import('./dispatch.ts');
    process.exitCode = await dispatch(argv, io);
    // Interrupted: what is still being read or hashed is not waited for.
    if (process.exitCode > 128) process.exit();
  } catch (error) {
    // The reader of a pipe may leave when it has seen enough: `flow cat … | head -1`.
    if (isClosedPipe(error)) process.exitCode = 0;
    else {
      process.exitCode = 3;
      process.stderr.write(`flow: ${describeError(error, process.env)}\n`);
    }
  }
}
