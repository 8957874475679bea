import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Instance } from '../../pipeline/dag.ts';
import type { Args, ExitCode, Io } from '../args/command.ts';
import { commands } from '../catalogue/commands.ts';
import { type Place, placeOf, splitLine } from './command-words.ts';
import { completeContent } from './complete-content.ts';
import { completeProgram } from './complete-program.ts';
import { type Candidate, completeAxis, completeReference } from './complete-reference.ts';
import { completionFacts, type PipelineFacts } from './completion-facts.ts';
import { openProject } from '../project/project.ts';
import type { Project } from '../project/project.ts';
import { projectCommands } from '../project/project-command.ts';
import { pipelinesNear } from '../project/load-dag.ts';

/**
 * `flow __complete LINE`, called by the shells' scripts: first a line with `nospace` and `files` where
 * they hold, then a candidate a line, with a tab and what it is. Says nothing rather than an error.
 */
export async function complete([line = '']: readonly string[], io: Io): Promise<ExitCode> {
  let found: Found = { items: [] };
  try {
    found = await candidates(line, io);
  } catch {
    // A person who presses Tab has asked for no message.
  }
  const flags = [
    ...(found.items.some(({ open }) => open === true) ? ['nospace'] : []),
    ...(found.files === true ? ['files'] : []),
  ];
  const lines = found.items.map(({ text, about }) => `${text}\t${(about ?? '').split('\n')[0]}`);
  await io.out(`${[flags.join(' '), ...lines].join('\n')}\n`);
  return 0;
}

interface Found {
  readonly items: readonly Candidate[];
  /** The shell adds file names. */
  readonly files?: boolean;
}

async function candidates(line: string, io: Io): Promise<Found> {
  const { words, current } = splitLine(line);
  const [, name, ...rest] = words;
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) {
    const named = commands.map((one) => ({ text: one.name, about: one.summary }));
    const programs = await projectCommands(io);
    const own = programs.map((program) => ({ text: program.name, about: program.description }));
    const global = name === undefined ? ['--help', '--version'].map((text) => ({ text })) : [];
    if (name === undefined || name === 'help')
      return fitting([...named, ...own, ...global], current);
    const program = programs.find((one) => one.name === name);
    if (!program) return { items: [] };
    const { items, files } = completeProgram(program, rest);
    // As with flow's own: options once a dash is typed.
    const wanted = items.filter(({ text }) => text.startsWith('-') === current.startsWith('-'));
    return { ...fitting(wanted, current), files };
  }
  const place = placeOf(command, rest, current);
  const found = await atPlace(place, command.options, io);
  const items = found.items.map((item) => ({ ...item, text: place.prefix + item.text }));
  return { ...found, ...fitting(items, place.prefix + place.typed) };
}

function fitting(items: readonly Candidate[], typed: string): Found {
  return { items: items.filter(({ text }) => text.startsWith(typed)) };
}

async function atPlace(
  place: Place,
  options: readonly { readonly name: string; readonly help: string }[],
  io: Io,
): Promise<Found> {
  if (place.kind === 'option') {
    return { items: options.map(({ name, help }) => ({ text: `--${name}`, about: help })) };
  }
  if (place.kind === 'value' && place.option?.values) {
    return { items: place.option.values.map((text) => ({ text })) };
  }
  switch (place.kind === 'value' ? place.option?.value : place.operand) {
    case 'PIPELINE':
      return { items: (await pipelinesNear(io)).map((text) => ({ text })), files: true };
    case 'NAME=VALUE':
      return { items: paramCandidates(await factsOf(place, io), place.typed) };
    case 'NAME':
      return { items: (await factsOf(place, io))?.profiles.map((text) => ({ text })) ?? [] };
    case 'TARGET':
      return { items: completeReference(await instancesOf(place, io), place.typed, false) };
    case 'INSTANCE':
    case 'ARTIFACT':
      return { items: completeReference(await instancesOf(place, io), place.typed, true) };
    case 'ID':
    case 'RUN':
      return { items: await runsOf(place, io) };
    case 'PATH':
      return { items: await completeContent(argsOf(place), io, place.typed) };
    case 'AXIS=VALUE':
      return { items: completeAxis(await instancesOf(place, io), place.operands[0], place.typed) };
    case 'SHELL':
      return { items: ['bash', 'zsh', 'fish'].map((text) => ({ text })) };
    case 'FILE':
    case 'DIR':
    case 'DEST':
    case 'PROGRAM':
      return { items: [], files: true };
    // Numbers, sizes, times, addresses: nothing is known of them.
    default:
      return { items: [] };
  }
}

function paramCandidates(facts: PipelineFacts | undefined, typed: string): readonly Candidate[] {
  const [name = '', value] = typed.split('=');
  if (value === undefined) {
    return (facts?.params ?? []).map(({ name: text, about }) => ({
      text: `${text}=`,
      about,
      open: true,
    }));
  }
  const param = facts?.params.find((one) => one.name === name.replace(/\+$/, ''));
  return (param?.values ?? []).map((text) => ({ text: `${name}=${text}` }));
}

/** Of the pipeline that the line names: its first operand, or -f. */
function factsOf(place: Place, io: Io): Promise<PipelineFacts | undefined> {
  const file = place.values.get('file')?.[0] ?? place.operands[0];
  return file === undefined ? Promise.resolve(undefined) : completionFacts(argsOf(place), io, file);
}

async function instancesOf(place: Place, io: Io): Promise<readonly Instance[]> {
  const facts = await factsOf(place, io);
  return facts?.instances ?? (await latest(place, io))?.instances ?? [];
}

/** The stages of the run that is looked at. */
async function latest(
  place: Place,
  io: Io,
): Promise<{ instances: readonly Instance[] } | undefined> {
  const project = await projectOf(place, io);
  if (project === undefined) return undefined;
  const { cache } = project;
  const { RunStore } = await import('../../store/records/runs.ts');
  const { findRun } = await import('../project/target.ts');
  const record = await findRun(
    { runs: new RunStore(cache), project },
    place.values.get('run')?.[0],
  );
  if (!record.ok) return undefined;
  const { openStore } = await import('../../store/open-store.ts');
  const { recordedDag } = await import('../project/target.ts');
  const store = await openStore(cache);
  if (!store.ok) return undefined;
  try {
    return await recordedDag({ store: store.value }, record.value);
  } finally {
    await store.value.close();
  }
}

async function runsOf(place: Place, io: Io): Promise<readonly Candidate[]> {
  const project = await projectOf(place, io);
  if (project === undefined) return [];
  const { RunStore } = await import('../../store/records/runs.ts');
  const runs = new RunStore(project.cache);
  const found: Candidate[] = [];
  for (const id of (await runs.list()).slice(0, 30)) {
    const record = await runs.read(id);
    found.push({ text: id, about: record ? `${record.pipeline}, ${record.state}` : '' });
  }
  return found;
}

/** undefined: nothing has run here. */
/** undefined: nothing has run there. */
async function projectOf(place: Place, io: Io): Promise<Project | undefined> {
  const project = await openProject(argsOf(place), io);
  if (!project.ok || !existsSync(path.join(project.value.cache, 'VERSION'))) return undefined;
  return project.value;
}

function argsOf({ operands, values }: Place): Args {
  return {
    operands,
    has: (name) => values.has(name),
    value: (name) => values.get(name)?.[0],
    values: (name) => values.get(name) ?? [],
  };
}
