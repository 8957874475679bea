// `flow backend add NAME | list | remove NAME`: the libraries that the experiments can compute with.
import process from 'node:process';
import { runBackendCommand } from '../src/provision/command/command.ts';

process.exitCode = await runBackendCommand(process.argv.slice(2), process);
