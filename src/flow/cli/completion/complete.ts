import type { Instance } from '../../pipeline/dag.ts';
import { isCache } from '../../store/cache-folder.ts';
import { visible } from '../../report/printable.ts';
import type { Args, ExitCode, Io, Option } from '../args/command.ts';
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
    // A user who presses Tab wants no message.
  }
  const flags = [
    ...(found.items.some(({ open }) => open === true) ? ['nospace'] : []),
    ...(found.files === true ? ['files'] : []),
  ];
  // A name that would steer the terminal is not offered: a shell would print it.
  const lines = found.items
    .filter(({ text }) => visible(text) === text)
    .map(({ text, about }) => `${text}\t${visible((about ?? '').split('\n')[0] ?? '')}`);
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
    // As for flow's own commands: options after a dash.
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

async function atPlace(place: Place, options: readonly Option[], io: Io): Promise<Found> {
  if (place.kind === 'option') {
    return { items: options.map(({ name, help }) => ({ text: `--${name}`, about: help })) };
  }
  const { args, takes, typed } = place;
  switch (takes) {
    case undefined:
      return { items: [] };
    case 'pipeline':
      return { items: (await pipelinesNear(io)).map((text) => ({ text })), files: true };
    case 'param':
      return { items: paramCandidates(await factsOf(args, io), typed) };
    case 'profile':
      return { items: (await factsOf(args, io))?.profiles.map((text) => ({ text })) ?? [] };
    case 'target':
      return { items: completeReference(await instancesOf(args, io), typed, false) };
    case 'instance':
      return { items: completeReference(await instancesOf(args, io), typed, true) };
    case 'run':
      return { items: await runsOf(args, io) };
    case 'content':
      return { items: await completeContent(args, io, typed) };
    case 'axis':
      return { items: completeAxis(await instancesOf(args, io), args.operands[0], typed) };
    case 'file':
      return { items: [], files: true };
    default:
      return { items: takes.map((text) => ({ text })) };
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

/** From the pipeline in the line: its first operand, or -f. */
function factsOf(args: Args, io: Io): Promise<PipelineFacts | undefined> {
  const file = args.value('file') ?? args.operands[0];
  return file === undefined ? Promise.resolve(undefined) : completionFacts(args, io, file);
}

async function instancesOf(args: Args, io: Io): Promise<readonly Instance[]> {
  const facts = await factsOf(args, io);
  return facts?.instances ?? (await latest(args, io))?.instances ?? [];
}

/** The stages of the selected run. */
async function latest(args: Args, io: Io): Promise<{ instances: readonly Instance[] } | undefined> {
  const project = await projectOf(args, io);
  if (project === undefined) return undefined;
  const { cache } = project;
  const { RunStore } = await import('../../store/records/runs.ts');
  const { findRun } = await import('../project/run-view.ts');
  const record = await findRun({ runs: new RunStore(cache), project, io }, args.value('run'));
  if (!record.ok) return undefined;
  const { openStore } = await import('../../store/open-store.ts');
  const { recordedDag } = await import('../../inspect/view.ts');
  const store = await openStore(cache);
  if (!store.ok) return undefined;
  try {
    return await recordedDag(store.value, record.value);
  } finally {
    await store.value.close();
  }
}

async function runsOf(args: Args, io: Io): Promise<readonly Candidate[]> {
  const project = await projectOf(args, io);
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

/** Undefined if there are no runs. */
async function projectOf(args: Args, io: Io): Promise<Project | undefined> {
  const project = await openProject(args, io);
  if (!project.ok || !isCache(project.value.cache)) return undefined;
  return project.value;
}
