// The two 16-bit float forms of checkpoints: widened exactly to float32, narrowed to the nearest value,
// the even one of two.

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

/** NaN stays NaN; what is too large becomes infinite. */
export function narrowBf16(source: Float32Array): Uint16Array {
  const bits = bitsOf(source);
  return Uint16Array.from(bits, (x) => {
    if ((x & 0x7fffffff) > INFINITY) return (x >>> 16) | 0x40;
    return (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  });
}

/** NaN stays NaN; from 65520 on values become infinite. */
export function narrowF16(source: Float32Array): Uint16Array {
  const bits = bitsOf(source);
  return Uint16Array.from(bits, (x, i) => {
    const sign = (x >>> 16) & 0x8000;
    const size = x & 0x7fffffff;
    if (size > INFINITY) return sign | 0x7e00;
    if (size >= 0x477ff000) return sign | 0x7c00;
    // Below 2^-14 the result counts in steps of 2^-24.
    if (size < 0x38800000) return sign | nearestEven(Math.abs(source[i] as number) * 2 ** 24);
    // The exponent's bias goes from 127 to 15, the fraction from 23 bits to 10.
    return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  });
}

/** Of float32, as bits. */
const INFINITY = 0x7f800000;

function bitsOf(source: Float32Array): Uint32Array {
  return new Uint32Array(source.buffer, source.byteOffset, source.length);
}

function nearestEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
