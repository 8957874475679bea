// Loads an add-on in a process of its own, so that a library that crashes takes nothing along.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ProvisionError } from './failure.ts';

/** Multiplies two matrices. */
const PROGRAM = `
  const module_ = { exports: {} };
  process.dlopen(module_, process.argv[1]);
  const tf = module_.exports;
  const hold = (...values) => tf.createTensor([2, 2], tf.TF_FLOAT, Float32Array.from(values));
  const type = { name: 'T', type: tf.TF_ATTR_TYPE, value: tf.TF_FLOAT };
  const flag = (name) => ({ name, type: tf.TF_ATTR_BOOL, value: false });
  const attributes = [type, flag('transpose_a'), flag('transpose_b')];
  const [product] = tf.executeOp('MatMul', attributes, [hold(1, 2, 3, 4), hold(5, 6, 7, 8)], 1);
  const values = [...tf.tensorDataSync(product.id)];
  console.log(JSON.stringify({ version: tf.TF_Version, gpu: tf.isUsingGpuDevice(), values }));
`;

export interface Trial {
  readonly version: string;
  readonly gpu: boolean;
}

/** @throws ProvisionError where it does not load, or computes something else */
export async function tryAddon(file: string, env: NodeJS.ProcessEnv): Promise<Trial> {
  let printed: string;
  try {
    const child = { env: { TF_CPP_MIN_LOG_LEVEL: '2', ...env } };
    ({ stdout: printed } = await promisify(execFile)(
      process.execPath,
      ['-e', PROGRAM, file],
      child,
    ));
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    const reason = /Error: (.*)/.exec(stderr)?.[1] ?? message;
    throw new ProvisionError(`the add-on does not load: ${reason}`);
  }
  const { values, ...trial } = JSON.parse(printed) as Trial & {
    readonly values: readonly number[];
  };
  if (values.join() !== '19,22,43,50') {
    throw new ProvisionError(`the add-on computes ${values.join()} for 19,22,43,50`);
  }
  return trial;
}
