// jstat 1.9 brings no types; these are the parts used.
declare module 'jstat' {
  const jstat: {
    mean(values: readonly number[]): number;
    /** @param sample true: divide by n - 1 */
    stdev(values: readonly number[], sample: boolean): number;
    readonly studentt: {
      /** The value below which a share `p` of Student's t with `df` degrees of freedom lies. */
      inv(p: number, df: number): number;
      cdf(t: number, df: number): number;
    };
  };
  export default jstat;
}
