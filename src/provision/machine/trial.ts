// Loads an add-on in a separate process, so that a library that crashes does not end flow.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ProvisionError } from '../failure.ts';

/** Multiplies two matrices. */
const TENSORFLOW = `
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
  /** The output of the process. */
  readonly said: string;
}

/** @throws ProvisionError where it does not load, or computes something else */
export async function tryTensorFlow(file: string, env: NodeJS.ProcessEnv): Promise<Trial> {
  const { values, version, gpu, said } = await tryOut<
    Omit<Trial, 'said'> & { readonly values: readonly number[] }
  >(TENSORFLOW, file, { ...env, TF_CPP_MIN_LOG_LEVEL: '1' });
  if (values.join() !== '19,22,43,50') {
    throw new ProvisionError(`the add-on computes ${values.join()} for 19,22,43,50`);
  }
  return { version, gpu, said };
}

/** Asks Dawn for a GPU. */
const DAWN = `
  const module_ = { exports: {} };
  process.dlopen(module_, process.argv[1]);
  module_.exports.create([]).requestAdapter().then((adapter) => {
    const { vendor, architecture, device, description } = adapter?.info ?? {};
    const named = description || [vendor, architecture, device].filter(Boolean).join(' ');
    console.log(JSON.stringify({ gpu: adapter === null ? null : named }));
    process.exit();
  });
`;

/** The GPU that Dawn finds, as its driver describes it, and the output of the process. */
export async function tryDawn(
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly gpu: string | null; readonly said: string }> {
  return tryOut<{ readonly gpu: string | null }>(DAWN, file, env);
}

async function tryOut<T>(
  program: string,
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<T & { readonly said: string }> {
  try {
    const args = ['-e', program, file];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
    return { ...(JSON.parse(stdout) as T), said: stderr };
  } catch (error) {
    const {
      stderr = '',
      message,
      signal,
    } = error as Error & { stderr?: string; signal?: string | null };
    const reason = /Error: (.*)/.exec(stderr)?.[1] ?? (signal === undefined || signal === null ? message : `it ends with ${signal}`); // prettier-ignore
    throw new ProvisionError(`the add-on does not load: ${reason}`);
  }
}
