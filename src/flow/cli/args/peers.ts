// The words of other tools (Make, DVC, Snakemake, Nextflow), and what to write here instead.

const OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  run: {
    '--until': 'name the stage as the target: flow run PIPELINE STAGE',
  },
};

/** undefined: no tool of this kind has it. */
export function peerOption(command: string, option: string): string | undefined {
  const known = OPTIONS[command] ?? {};
  return Object.hasOwn(known, option) ? known[option] : undefined;
}
