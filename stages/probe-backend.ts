// A probe of this machine's backend: one line of JSON, whose bytes are an input of the stages that train.
import {
  BACKEND_NAMES,
  isBackendName,
  isPrecision,
  openBackend,
  PRECISIONS,
} from '../src/ml/backend/open.ts';
import { openStage } from 'fastmtl-flow/stage-kit';

const stage = openStage();
const [name, precision] = [stage.string('backend'), stage.string('precision')];
if (!isBackendName(name)) {
  throw new Error(`param 'backend' must be one of ${BACKEND_NAMES.join(', ')}, not '${name}'`);
}
if (!isPrecision(precision)) {
  throw new Error(`param 'precision' must be one of ${PRECISIONS.join(', ')}, not '${precision}'`);
}
const { facts } = await openBackend(name, precision);
const sorted = Object.fromEntries(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)));
process.stdout.write(`${JSON.stringify(sorted)}\n`);
