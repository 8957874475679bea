import { valuesHint } from '../axis-values.ts';
import type { ArtifactRef, Axes } from '../dag.ts';
import type { Documents } from '../read/documents.ts';
import { formatInstanceId, formatValue, parseReference, type Reference } from '../instance-id.ts';
import { expandMatrix } from './matrix.ts';
import { suggest } from '../nearest.ts';
import type { Problems } from '../read/problems.ts';
import { resolveOutputs } from './resolve-outputs.ts';
import { linkOf, type Origin } from '../read/param-links.ts';
import type { Params } from '../read/resolve-params.ts';
import { Scope } from './scope.ts';
import type { Placed, Place, PipelineSpec, StageSpec } from '../spec.ts';

/** The combination of axis values of one instance. */
export interface Cell {
  readonly stage: StageSpec;
  readonly axes: Axes;
}

/** A reference to one output of a stage, before its cells are chosen. */
export interface Referred {
  readonly stage: StageSpec;
  readonly output: string;
  readonly fixed: ReadonlyMap<string, string>;
  readonly text: string;
  readonly place: Place;
}

/** Stages by name. Expands each matrix once, when it is first needed. */
export class StageTable {
  readonly spec: PipelineSpec;
  readonly params: Params;
  readonly problems: Problems;
  readonly documents: Documents;
  readonly #set: ReadonlyMap<string, Origin>;
  readonly #cells = new Map<string, readonly Cell[] | undefined>();

  constructor(
    spec: PipelineSpec,
    params: Params,
    problems: Problems,
    known: {
      readonly documents?: Documents;
      readonly set?: ReadonlyMap<string, Origin>;
    } = {},
  ) {
    this.documents = known.documents ?? new Map();
    this.#set = known.set ?? new Map();
    this.spec = spec;
    this.params = params;
    this.problems = problems;
  }

  /** In matrix order; undefined after a diagnostic. */
  cells(stage: StageSpec): readonly Cell[] | undefined {
    if (!this.#cells.has(stage.name)) {
      const scope = new Scope({}, this.params, this.problems);
      const rows = expandMatrix(stage, scope, this.problems);
      this.#cells.set(
        stage.name,
        rows?.map((axes) => ({ stage, axes })),
      );
    }
    return this.#cells.get(stage.name);
  }

  /** Where the values of an axis or a param are written; `what` is the argument that has them. */
  originOf(name: string, stage: StageSpec): Origin {
    const axis = stage.matrix.get(name);
    const param = axis === undefined ? name : linkOf(axis.value);
    if (param === undefined)
      return { what: '', ...(axis === undefined ? {} : { place: axis.place }) };
    const declared = this.spec.params.get(param.split('.')[0] as string);
    const set = this.#set.get(declared?.name ?? '');
    return set ?? { what: '', ...(declared === undefined ? {} : { place: declared.place }) };
  }

  /** The stage with this name; otherwise adds a diagnostic. */
  stage(
    name: string,
    text: string,
    place: Place | undefined,
    orFile = false,
  ): StageSpec | undefined {
    const stage = this.spec.stages.get(name);
    if (stage === undefined) {
      const hint = suggest(name, this.spec.stages.keys(), 'stages');
      this.report(
        place,
        'unknown-stage',
        `there is no stage '${name}'${name === text ? '' : ` ('${text}')`}`,
        orFile ? fileHint(text, hint) : hint,
      );
    }
    return stage;
  }

  reference(text: string, place: Place | undefined): Reference | undefined {
    const reference = parseReference(text);
    if (reference === undefined) {
      const hint = /^[\w.-]+(?:\/[\w.-]+)+\/?$/.test(text)
        ? `write './${text}' for a file, STAGE.OUTPUT or STAGE.OUTPUT@axis=value for an artifact`
        : 'write STAGE.OUTPUT or STAGE.OUTPUT@axis=value; begin the path of a file with ./ ../ or /';
      this.report(place, 'bad-reference', `'${text}' is not a reference`, hint);
    }
    return reference;
  }

  /**
   * The stage and output of `STAGE[.OUTPUT][@axis=value,…]`, checked except for its cells. `orFile`: the place
   * can also name a file.
   */
  refer({ value: text, place }: Placed<string>, orFile = false): Referred | undefined {
    const reference = this.reference(text, place);
    if (reference === undefined) return undefined;
    const stage = this.stage(reference.stage, text, place, orFile && reference.axes.size === 0);
    if (stage === undefined || !this.checkAxes(stage, reference, place)) return undefined;
    const names = stage.outputs.map((output) => output.name);
    if (names.length === 0) {
      const message = `stage '${stage.name}' has no outputs, so nothing can read it`;
      const hint = `declare one under '${stage.name}': outputs: { NAME: PATH }`;
      this.report(place, 'unknown-output', message, hint);
      return undefined;
    }
    const output = reference.output ?? (names.length === 1 ? names[0] : undefined);
    if (output === undefined) {
      const hint = `write one of ${names.map((name) => `${stage.name}.${name}`).join(', ')}`;
      this.report(place, 'unknown-output', `'${text}' does not name an output`, hint);
      return undefined;
    }
    if (!names.includes(output)) {
      const message = `stage '${stage.name}' has no output '${output}'`;
      this.report(place, 'unknown-output', message, suggest(output, names, 'outputs'));
      return undefined;
    }
    return { stage, output, fixed: reference.axes, text, place };
  }

  checkAxes(stage: StageSpec, reference: Reference, place: Place | undefined): boolean {
    for (const axis of reference.axes.keys()) {
      if (stage.matrix.has(axis)) continue;
      const message = `stage '${stage.name}' has no axis '${axis}'`;
      this.report(place, 'unknown-axis', message, suggest(axis, stage.matrix.keys(), 'axes'));
      return false;
    }
    return true;
  }

  /** The cells with the fixed values; adds a diagnostic if there are none. */
  matching(
    stage: StageSpec,
    fixed: ReadonlyMap<string, string>,
    text: string,
    place: Place | undefined,
  ): readonly Cell[] | undefined {
    const cells = this.cells(stage);
    if (cells === undefined) return undefined;
    const found = cells.filter(({ axes }) => agrees(axes, fixed));
    if (found.length > 0) return found;
    const wanted = [...fixed].map(([axis, value]) => `${axis}=${value}`).join(', ');
    this.report(
      place,
      'no-instance',
      `'${text}': stage '${stage.name}' has no instance with ${wanted}`,
      valuesHint(
        cells.map(({ axes }) => axes),
        new Map([...fixed].map(([axis, value]) => [axis, [value]])),
      ) ?? `choose a combination that is in the matrix of stage '${stage.name}'`,
    );
    return undefined;
  }

  artifact({ stage, axes }: Cell, output: string): ArtifactRef | undefined {
    const scope = new Scope(axes, this.params, this.problems);
    const path = resolveOutputs(stage, scope, this.problems)?.find((o) => o.name === output)?.path;
    return path === undefined
      ? undefined
      : { instance: formatInstanceId(stage.name, axes), output, path };
  }

  /** Without a place: the text is from the command line. */
  report(place: Place | undefined, code: string, message: string, hint: string): void {
    if (place === undefined) this.problems.add({ code, message, hint });
    else this.problems.at(place, code, message, hint);
  }
}

const FILE =
  /\.(?:csv|tsv|txt|md|jsonl?|ya?ml|npy|npz|parquet|h5|pt|pkl|db|bin|zip|gz|xz|png|jpg|svg|pdf|log)$/i;

/** `data.csv` reads as an output `csv` of a stage `data`. */
function fileHint(text: string, hint: string): string {
  if (text.startsWith('probe.')) return hint;
  if (!hint.endsWith('?')) return `for the file, write ./${text}; ${hint}`;
  return FILE.test(text) ? `${hint} For a file, write ./${text}` : hint;
}

export function agrees(axes: Axes, fixed: ReadonlyMap<string, string>): boolean {
  for (const [axis, wanted] of fixed) {
    const value = axes[axis];
    if (value === undefined || formatValue(value) !== wanted) return false;
  }
  return true;
}
