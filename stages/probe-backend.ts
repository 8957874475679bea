// A probe: which backend this machine computes with, as one line of JSON whose bytes are an input of
// the stages that train.
import { BACKEND_NAMES, isBackendName, openBackend } from '../src/ml/backend/open.ts';
import { openStage } from 'fastmtl-flow/stage-kit';

const name = openStage().string('backend');
if (!isBackendName(name)) {
  throw new Error(`param 'backend' is '${name}', none of ${BACKEND_NAMES.join(', ')}`);
}
const { facts } = await openBackend(name);
const sorted = Object.fromEntries(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)));
process.stdout.write(`${JSON.stringify(sorted)}\n`);
