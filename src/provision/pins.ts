// The files that flow downloads, with their digests. flow refuses an index that offers other bytes.

/** A file of a Python package index. */
export interface Wheel {
  readonly project: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** The size of the files that flow takes out of it, in bytes. */
  readonly unpacked: number;
}

/** A package of the npm registry. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** As npm writes it: sha512- and base64. */
  readonly integrity: string;
}

/** Everything that a backend can be made of. */
export interface Pins {
  readonly tensorflowCpu: Wheel;
  readonly tensorflowCuda: Wheel;
  /** The dependencies of the wheel of `tensorflow` in its extra `and-cuda`. */
  readonly cuda: readonly Wheel[];
  /** The add-on's sources. */
  readonly tfjsNode: NpmPackage;
  /** Node's C headers, which are the same for all versions of Node. */
  readonly nodeApi: NpmPackage;
  /** Dawn, Chromium's WebGPU, as a Node add-on. */
  readonly webgpu: NpmPackage;
}

const TENSORFLOW = '2.18.1';

/** Its Python version does not matter: only its libraries and headers are used. */
const TENSORFLOW_CPU: Wheel = wheel(
  'tensorflow-cpu',
  TENSORFLOW,
  'cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64',
  '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298',
  230_236_181,
  682_569_648,
);

const TENSORFLOW_CUDA: Wheel = wheel(
  'tensorflow',
  TENSORFLOW,
  'cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64',
  'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828',
  615_510_377,
  1_251_754_448,
);

const CUDA: readonly Wheel[] = [
  cuda(
    'cublas',
    '12.5.3.2',
    'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b',
    363_313_169,
    551_706_504,
  ),
  cuda(
    'cuda-cupti',
    '12.5.82',
    'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953',
    13_811_507,
    43_952_208,
  ),
  cuda(
    'cuda-nvcc',
    '12.5.82',
    'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0',
    22_468_537,
    58_804_160,
  ),
  cuda(
    'cuda-nvrtc',
    '12.5.82',
    '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd',
    24_873_108,
    68_243_664,
  ),
  cuda(
    'cuda-runtime',
    '12.5.82',
    '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115',
    895_707,
    712_032,
  ),
  cuda(
    'cudnn',
    '9.3.0.75',
    '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d',
    577_163_502,
    885_338_960,
  ),
  cuda(
    'cufft',
    '11.2.3.61',
    '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8',
    192_524_114,
    278_929_256,
  ),
  cuda(
    'curand',
    '10.3.6.82',
    '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536',
    56_309_107,
    96_529_840,
  ),
  cuda(
    'cusolver',
    '11.6.3.83',
    '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b',
    130_341_232,
    218_141_696,
  ),
  cuda(
    'cusparse',
    '12.5.1.3',
    '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752',
    217_558_979,
    295_715_544,
  ),
  cuda(
    'nccl',
    '2.21.5',
    '8579076d30a8c24988834445f8d633c697d42397e92ffc3f63fa26766d25e0a0',
    188_654_414,
    251_616_632,
  ),
  cuda(
    'nvjitlink',
    '12.5.82',
    'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212',
    21_298_879,
    54_560_656,
  ),
];

const TFJS_NODE: NpmPackage = {
  name: '@tensorflow/tfjs-node',
  version: '4.22.0',
  integrity:
    'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
};

const NODE_API: NpmPackage = {
  name: 'node-api-headers',
  version: '1.9.0',
  integrity:
    'sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
};

const WEBGPU: NpmPackage = {
  name: 'webgpu',
  version: '0.6.2',
  integrity:
    'sha512-3L4GfmqJLvYUIEWJngEQY+2HQiUlAFkg8+P8NDDj3Xx5hHHIFO/r8JW+ynfqBj7kHN4mbnwO74uB+lrRtLhp4Q==',
};

export const PINS: Pins = {
  tensorflowCpu: TENSORFLOW_CPU,
  tensorflowCuda: TENSORFLOW_CUDA,
  cuda: CUDA,
  tfjsNode: TFJS_NODE,
  nodeApi: NODE_API,
  webgpu: WEBGPU,
};

function wheel(
  project: string,
  version: string,
  tags: string,
  sha256: string,
  bytes: number,
  unpacked: number,
): Wheel {
  const file = `${project.replaceAll('-', '_')}-${version}-${tags}.whl`;
  return { project, version, file, sha256, bytes, unpacked };
}

function cuda(
  name: string,
  version: string,
  sha256: string,
  bytes: number,
  unpacked: number,
): Wheel {
  const project = `nvidia-${name}-cu12`;
  return wheel(project, version, 'py3-none-manylinux2014_x86_64', sha256, bytes, unpacked);
}
