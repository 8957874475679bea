import process from 'node:process';
import { describeError, isClosedPipe, openIo } from './io.ts';

declare const FLOW_VERSION: string;

const argv = process.argv.slice(2);

if (argv[0] === '--version' || argv[0] === '-V') {
  process.stdout.write(`${FLOW_VERSION}\n`);
} else {
  const io = openIo(process, FLOW_VERSION);
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
      process.stderr.write(`flow: ${describeError(error)}\n`);
    }
  }
}
