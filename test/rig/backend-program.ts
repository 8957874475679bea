// `flow backend`, bringing in the tiny backends of a test instead of the real ones.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { runBackendCommand } from '../../src/provision/command/command.ts';
import type { Pins } from '../../src/provision/pins.ts';

const pins = JSON.parse(readFileSync(process.env['TINY_PINS'] ?? '', 'utf8')) as Pins;
process.exitCode = await runBackendCommand(process.argv.slice(2), process, pins);
