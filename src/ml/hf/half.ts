// The two 16-bit float forms of checkpoints, widened exactly to float32.

/** bfloat16 is the upper half of a float32. */
export function widenBf16(source: Uint16Array): Float32Array {
  const bits = new Uint32Array(source.length);
  for (let i = 0; i < source.length; i++) bits[i] = (source[i] as number) << 16;
  return new Float32Array(bits.buffer);
}

/** IEEE 754 binary16; a table of all 65,536 values is not worth its 256 kB for one pass. */
export function widenF16(source: Uint16Array): Float32Array {
  const widened = new Float32Array(source.length);
  for (let i = 0; i < source.length; i++) widened[i] = half(source[i] as number);
  return widened;
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24; // zero and subnormals
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
