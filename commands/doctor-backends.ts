// A check of `flow doctor`: the backends of this machine, as JSON. Each is opened in a process of its own,
// which is this program with its name and precision: a library that crashes is a finding, and what it writes a reason.
import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { isBackendName, isPrecision } from '../src/ml/backend/open.ts';
import { surveyBackends, tryBackend } from '../src/provision/machine/survey.ts';
import type { Opened, Seen } from '../src/provision/machine/survey.ts';

const [program = '', name = '', precision = ''] = process.argv.slice(1);
const answer =
  isBackendName(name) && isPrecision(precision)
    ? await tryBackend(name, precision)
    : { checks: await surveyBackends(lookAt, process.env) };
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit());

async function lookAt(...words: readonly [string, string]): Promise<Seen> {
  try {
    // With TensorFlow's warnings: they say why a GPU is not used.
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '1' };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...words], { env }); // prettier-ignore
    return { ...(JSON.parse(stdout) as Opened), said: stderr };
  } catch (error) {
    const { signal, code, stderr = '' } = error as { signal?: string; code?: unknown; stderr?: string }; // prettier-ignore
    return { error: `crashes with ${signal ?? String(code)} when it is opened`, said: stderr };
  }
}
