import type { Output } from '../dag.ts';
import type { Problems } from '../read/problems.ts';
import { pathBelow, unfitName } from '../project-path.ts';
import type { Scope } from './scope.ts';
import type { StageSpec } from '../spec.ts';

export function resolveOutputs(
  stage: StageSpec,
  scope: Scope,
  problems: Problems,
): readonly Output[] | undefined {
  const outputs: Output[] = [];
  for (const { name, path, kind } of stage.outputs) {
    const written = scope.string(path);
    if (written === undefined) return undefined;
    const below = pathBelow(written);
    if (below === undefined) {
      problems.at(
        path.place,
        'outside-scratch',
        `output '${name}' of stage '${stage.name}' has the path '${written}', which is outside its scratch folder`,
        "write a relative path without '..'; to copy the output into the project, add it to 'exports:'",
      );
      return undefined;
    }
    const unfit = unfitName(below);
    if (unfit !== undefined) {
      const message = `the path of output '${name}' of stage '${stage.name}' ${unfit}`;
      problems.at(path.place, 'bad-path', message, 'choose a shorter or simpler path');
      return undefined;
    }
    const rival = outputs.find((other) => overlap(other.path, below));
    if (rival !== undefined) {
      const message = `outputs '${rival.name}' and '${name}' of stage '${stage.name}' overlap: ${rival.path} and ${below}`;
      problems.at(path.place, 'overlapping-outputs', message, 'give each output a separate path');
      return undefined;
    }
    outputs.push({
      name,
      path: below,
      tree: written.endsWith('/'),
      ...(kind === undefined ? {} : { kind }),
    });
  }
  return outputs;
}

function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
