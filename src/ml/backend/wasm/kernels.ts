// Loads the kernels, which scripts/build-kernels.mjs compiles from assembly/.
import relaxed from './build/kernels-relaxed.wasm';
import exact from './build/kernels.wasm';

type Address = number;

/** As in assembly/index.ts; booleans are 0 and 1. */
export interface Kernels {
  scratchBytes(): number;
  gemm(
    a: Address,
    aStride: number,
    aTransposed: boolean,
    b: Address,
    bStride: number,
    bTransposed: boolean,
    c: Address,
    cStride: number,
    m: number,
    n: number,
    k: number,
    bias: Address,
    accumulate: boolean,
    padded: boolean,
    scratch: Address,
  ): void;
  attention(
    qkv: Address,
    offsets: Address,
    rows: number,
    heads: number,
    size: number,
    probabilities: Address,
    keepAll: boolean,
    context: Address,
    room: Address,
    key: number,
    threshold: number,
    keep: number,
    longest: number,
    scratch: Address,
  ): void;
  attentionBackward(
    gradient: Address,
    qkv: Address,
    offsets: Address,
    rows: number,
    heads: number,
    size: number,
    probabilities: Address,
    to: Address,
    room: Address,
    half: number,
    key: number,
    threshold: number,
    keep: number,
    longest: number,
    scratch: Address,
  ): void;
  gather(
    ids: Address,
    places: Address,
    segments: Address,
    word: Address,
    position: Address,
    segment: Address,
    to: Address,
    tokens: number,
    cols: number,
  ): void;
  normalise(
    x: Address,
    weight: Address,
    bias: Address,
    eps: number,
    y: Address,
    scales: Address,
    rows: number,
    cols: number,
  ): void;
  normaliseBackward(
    gradient: Address,
    normalised: Address,
    scales: Address,
    weight: Address,
    to: Address,
    weightGradient: Address,
    biasGradient: Address,
    rows: number,
    cols: number,
  ): void;
  scatterAdd(
    rows: Address,
    indices: Address,
    table: Address,
    skip: number,
    tokens: number,
    cols: number,
  ): void;
  add(a: Address, b: Address, to: Address, n: number): void;
  multiply(a: Address, b: Address, to: Address, n: number): void;
  gelu(x: Address, to: Address, slope: Address, n: number): void;
  tanhBackward(gradient: Address, y: Address, to: Address, n: number): void;
  dropout(x: Address, to: Address, n: number, key: number, threshold: number, scale: number): void;
  addColumnSums(x: Address, sums: Address, rows: number, cols: number): void;
  meanRows(x: Address, offsets: Address, rows: number, cols: number, to: Address): void;
  meanRowsBackward(
    gradient: Address,
    offsets: Address,
    rows: number,
    cols: number,
    to: Address,
  ): void;
  adamw(
    p: Address,
    g: Address,
    m: Address,
    v: Address,
    n: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    eps: number,
    stepSize: number,
    decay: number,
    scale: number,
  ): void;
  adamwRows(
    indices: Address,
    count: number,
    cols: number,
    p: Address,
    g: Address,
    m: Address,
    v: Address,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    eps: number,
    stepSize: number,
    scale: number,
  ): void;
  sumSquares(x: Address, n: number): number;
  sumSquaresRows(x: Address, indices: Address, count: number, cols: number): number;
}

/** The relaxed kernels fuse multiplications and additions if the host does. */
export type KernelSet = 'exact' | 'relaxed';

const BYTES = { exact, relaxed };
const compiled = new Map<KernelSet, Promise<WebAssembly.Module>>();

/** @throws where this Node has no relaxed SIMD */
export async function loadKernels(
  memory: WebAssembly.Memory,
  set: KernelSet = 'exact',
): Promise<Kernels> {
  const instance = await WebAssembly.instantiate(await compile(set), { env: { memory } });
  return instance.exports as unknown as Kernels;
}

/** sha256 of the kernels' code; the build writes it into the module. */
export async function kernelsDigest(set: KernelSet = 'exact'): Promise<string> {
  const [section] = WebAssembly.Module.customSections(await compile(set), 'sha256');
  if (section === undefined) throw new Error('the kernels are without their digest: npm run build');
  return new TextDecoder().decode(section);
}

async function compile(set: KernelSet): Promise<WebAssembly.Module> {
  const known = compiled.get(set);
  if (known !== undefined) return known;
  if (!WebAssembly.validate(BYTES[set])) {
    throw new Error(
      `backend 'wasm-relaxed' needs relaxed SIMD, which Node ${process.versions.node} lacks: take Node 22 or later, or 'wasm'`,
    );
  }
  const module = WebAssembly.compile(BYTES[set]);
  compiled.set(set, module);
  return module;
}
