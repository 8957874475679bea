// How flow writes the names of instances and artifacts, and any word for a shell.

/** The stage of `STAGE@axis=value`. */
export function stageOf(instance: string): string {
  const at = instance.indexOf('@');
  return at === -1 ? instance : instance.slice(0, at);
}

/** `axis=value` of each axis of `STAGE@axis=value`, percent-encoded as in the id. */
export function axesOf(instance: string): readonly string[] {
  const at = instance.indexOf('@');
  return at === -1 ? [] : instance.slice(at + 1).split(',');
}

/** `STAGE.OUTPUT@axis=value`, the form of YAML files and the command line. */
export function artifactName(instance: string, output: string): string {
  const stage = stageOf(instance);
  return `${stage}.${output}${instance.slice(stage.length)}`;
}

/** One word for bash: unchanged if that is safe, else in single quotes. Nothing is expanded. */
export function shellQuote(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Stands for the id of a run in a result that no run has made: see `flow adopt`. */
export const ADOPTED = 'adopted';
