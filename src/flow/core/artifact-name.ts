/** `STAGE.OUTPUT@axis=value`, as it is written in YAML and in the shell. */
export function artifactName(instance: string, output: string): string {
  const at = instance.indexOf('@');
  if (at === -1) return `${instance}.${output}`;
  return `${instance.slice(0, at)}.${output}${instance.slice(at)}`;
}
