import { ok } from '../../core/result.ts';
import { graphDot, graphMermaid, graphOf, graphText } from '../../report/graph.ts';
import { type Args, type Ended, type Io, printJson, printLines, refuse } from '../args/command.ts';
import { loadFromText } from '../project/load-dag.ts';
import { oneOf } from '../args/parse-args.ts';
import { openProject } from '../project/project.ts';

/** `flow graph`: draws stages or instances with their inputs. */
export async function graphCommand(args: Args, io: Io): Promise<Ended> {
  const formats = ['text', 'mermaid', 'dot'] as const;
  const format = oneOf('format', args.value('format'), formats, 'text');
  if (!format.ok) return refuse(2, format.error);
  const [file = '', ...targets] = args.operands;
  const project = await openProject(args, io, file);
  if (!project.ok) return project;
  const loaded = await loadFromText(args, io, { file, targets, root: project.value.root });
  if (!loaded.ok) return loaded;
  const { dag } = loaded.value;
  const graph = graphOf(dag, args.has('instances'));
  if (args.has('json')) await printJson(io, graph);
  else if (format.value === 'text') await printLines(io, graphText(graph));
  else if (format.value === 'mermaid') await printLines(io, graphMermaid(graph));
  else await printLines(io, graphDot(dag, graph));
  return ok(0);
}
