// Optional packages, which few machines have: types must not depend on what is installed.
declare module '@tensorflow/tfjs-node-gpu' {
  const tf: unknown;
  export default tf;
}
declare module '@tensorflow/tfjs-node' {
  const tf: unknown;
  export default tf;
}
