import { openStage } from 'fastmtl-flow/stage-kit';
import { generateMini } from '../src/ml/data/mini/generate.ts';
import { writeMini } from '../src/ml/data/mini/write.ts';

const stage = openStage();
const files = generateMini(stage.number('world'));
writeMini(files, { glue: stage.output('glue'), truth: stage.output('truth') });
