// The kernels: pure functions over the imported memory. Addresses are bytes, counts are elements.
export { scratchBytes, gemm } from './gemm';
export { attention, attentionBackward } from './attention';
export { gather, normalise, normaliseBackward, scatterAdd } from './norm';
export {
  add,
  addColumnSums,
  dropout,
  gelu,
  meanRows,
  meanRowsBackward,
  multiply,
  tanhBackward,
} from './elementwise';
export { adamw, adamwRows, sumSquares, sumSquaresRows } from './adamw';
