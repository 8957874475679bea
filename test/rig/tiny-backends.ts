// Backends of a few kilobytes in the form of the real ones: wheels with shared libraries and headers, and
// packages with an add-on's sources, which a real compiler builds and a real Node loads.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NpmPackage, Pins, Wheel } from '../../src/provision/pins.ts';
import { integrity, npmTarball, sha256, zip } from './archives.ts';
import type { Registries } from './registries.ts';

export const TINY_VERSION = '0.0.1-tiny';

/** What of Node's C interface the tiny add-ons use; it is the same for all versions of Node. */
const NODE_API = `#pragma once
#include <stddef.h>
typedef struct napi_env__* napi_env;
typedef struct napi_value__* napi_value;
typedef int napi_status;
extern "C" {
napi_status napi_create_string_utf8(napi_env, const char*, size_t, napi_value*);
napi_status napi_run_script(napi_env, napi_value, napi_value*);
napi_status napi_get_global(napi_env, napi_value*);
napi_status napi_call_function(napi_env, napi_value, napi_value, size_t, const napi_value*, napi_value*);
}
`;

const C_API = 'extern "C" const char* TF_Version(void);\n';

/** An add-on whose exports a JavaScript function makes, given a text. */
const addon = (source: string, text: string, header = '') => `#include <node_api.h>
${header}
extern "C" napi_value napi_register_module_v1(napi_env env, napi_value) {
  napi_value source, make, text, global, made;
  napi_create_string_utf8(env, R"js(${source})js", size_t(-1), &source);
  napi_run_script(env, source, &make);
  napi_create_string_utf8(env, ${text}, size_t(-1), &text);
  napi_get_global(env, &global);
  napi_call_function(env, global, make, 1, &text, &made);
  return made;
}
`;

/** As much of TensorFlow as multiplies two matrices of 2 x 2. */
const TENSORFLOW = `(version) => {
  const held = [];
  const hold = (data) => held.push(data) - 1;
  const multiply = ([a, b, c, d], [e, f, g, h]) =>
    Float32Array.of(a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h);
  return {
    TF_Version: version, TF_FLOAT: 1, TF_INT32: 3, TF_ATTR_TYPE: 2, TF_ATTR_BOOL: 3, TF_ATTR_INT: 4,
    createTensor: (shape, type, data) => hold(data),
    executeOp: (name, attributes, [x, y]) => [{ id: hold(multiply(held[x], held[y])) }],
    tensorDataSync: (id) => held[id],
    isUsingGpuDevice: () => { process.stderr.write(process.env.TINY_CUDA ?? ''); return false; },
    getNumOfTensors: () => held.length,
  };
}`;

const DAWN = `() => ({
  globals: {},
  create: () => ({
    requestAdapter: async () =>
      process.env.TINY_GPU ? { info: { description: process.env.TINY_GPU } } : null,
  }),
})`;

export interface TinyBackends {
  readonly pins: Pins;
  /** By file name. */
  readonly wheel: readonly [file: string, bytes: Buffer];
  /** An add-on for --addon. */
  readonly addon: string;
  /** Puts all into a server. */
  readonly serve: (to: Registries) => void;
}

/** Compiles and packs them. @param folder for what is made on the way */
export function makeTinyBackends(folder: string): TinyBackends {
  const at = (...names: readonly string[]) => path.join(folder, ...names);
  mkdirSync(at('tensorflow'));
  const build = (source: string, to: string, ...args: readonly string[]): Buffer => {
    writeFileSync(at('source.cc'), source);
    execFileSync('g++', ['-shared', '-fPIC', '-I', folder, at('source.cc'), '-o', at(to), ...args]);
    return readFileSync(at(to));
  };
  writeFileSync(at('node_api.h'), NODE_API);
  const cc = 'tensorflow/libtensorflow_cc.so.2';
  const framework = 'tensorflow/libtensorflow_framework.so.2';
  const libraries = {
    [cc]: build(`${C_API}const char* TF_Version() { return "${TINY_VERSION}"; }`, cc),
    [framework]: build('int tiny_framework;', framework),
  };
  const binding = addon(TENSORFLOW, 'TF_Version()', C_API);
  build(binding, 'prebuilt.node', '-L', at('tensorflow'), '-l:libtensorflow_cc.so.2', '-Wl,-rpath,$ORIGIN/tensorflow'); // prettier-ignore

  const wheel = zip([
    { name: 'tensorflow/', data: '' },
    ...Object.entries(libraries).map(([name, data]) => ({ name, data, mode: 0o100755 })),
    { name: 'tensorflow/include/tensorflow/c/c_api.h', data: C_API },
    { name: 'tensorflow/__init__.py', data: 'raise ImportError' },
    // pip wants these.
    {
      name: 'tensorflow_cpu-0.0.1.dist-info/METADATA',
      data: 'Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: 0.0.1\n',
    },
    {
      name: 'tensorflow_cpu-0.0.1.dist-info/WHEEL',
      data: 'Wheel-Version: 1.0\nRoot-Is-Purelib: false\n',
    },
    // Large enough for a download to be broken off in it.
    { name: 'tensorflow/python/ops.bin', data: randomBytes(3_000_000), method: 0 },
  ]);
  const packages = {
    '@tensorflow/tfjs-node': npmTarball([
      { name: 'package.json', data: '{ "name": "@tensorflow/tfjs-node", "version": "4.22.0" }' },
      { name: 'binding/tfjs_backend.cc', data: 'int tiny_backend;\n' },
      {
        name: 'binding/tfjs_binding.cc',
        data: addon(TENSORFLOW, 'TF_Version()', '#include "tensorflow/c/c_api.h"'),
      },
    ]),
    'node-api-headers': npmTarball([
      { name: 'package.json', data: '{ "name": "node-api-headers", "version": "1.9.0" }' },
      { name: 'include/node_api.h', data: NODE_API },
    ]),
    webgpu: npmTarball([
      { name: 'package.json', data: '{ "name": "webgpu", "version": "0.6.2" }' },
      { name: 'dist/linux-x64/dawn.node', data: build(addon(DAWN, '""'), 'dawn.node') },
    ]),
  };
  const versions = { '@tensorflow/tfjs-node': '4.22.0', 'node-api-headers': '1.9.0', webgpu: '0.6.2' }; // prettier-ignore
  const pin = (name: keyof typeof packages): NpmPackage => ({
    name,
    version: versions[name],
    integrity: integrity(packages[name]),
  });
  const file = 'tensorflow_cpu-0.0.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl';
  const tensorflowCpu: Wheel = {
    project: 'tensorflow-cpu',
    version: '0.0.1',
    file,
    sha256: sha256(wheel),
    bytes: wheel.length,
    unpacked: libraries[cc].length + libraries[framework].length + C_API.length,
  };
  const runtime = zip([
    { name: 'nvidia/cuda_runtime/lib/libcudart.so.12', data: libraries[framework], mode: 0o100755 },
    { name: 'nvidia/cuda_runtime/include/cuda_runtime.h', data: '#error not needed' },
  ]);
  const cudaRuntime: Wheel = {
    project: 'nvidia-cuda-runtime-cu12',
    version: '0.0.1',
    file: 'nvidia_cuda_runtime_cu12-0.0.1-py3-none-manylinux2014_x86_64.whl',
    sha256: sha256(runtime),
    bytes: runtime.length,
    unpacked: libraries[framework].length,
  };
  return {
    pins: {
      tensorflowCpu,
      tensorflowCuda: tensorflowCpu,
      cuda: [cudaRuntime],
      tfjsNode: pin('@tensorflow/tfjs-node'),
      nodeApi: pin('node-api-headers'),
      webgpu: pin('webgpu'),
    },
    wheel: [file, wheel],
    addon: at('prebuilt.node'),
    serve: (to) => {
      to.wheels.set('tensorflow-cpu', new Map([[file, wheel]]));
      to.wheels.set(cudaRuntime.project, new Map([[cudaRuntime.file, runtime]]));
      for (const name of Object.keys(packages) as (keyof typeof packages)[]) {
        to.packages.set(name, { version: versions[name], tarball: packages[name] });
      }
    },
  };
}
