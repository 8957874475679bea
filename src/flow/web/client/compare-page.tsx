import type { ComponentChildren } from 'preact';
import { stageOf } from '../../core/names.ts';
import { formatDuration } from '../../report/format.ts';
import { HeadRow } from '../components/head-row.tsx';
import { figure } from '../components/metrics.tsx';
import { StateBadge } from '../components/states.tsx';
import type { Comparison } from '../model/comparison.ts';
import type { RunLine } from '../model/page.ts';
import { useAnswer } from './ask.ts';
import { useTitle } from './title.ts';
import { Waiting } from './waiting.tsx';

const TITLE = 'Compare two runs';

/** The differences of two runs, and their causes. */
export function ComparePage({ a, b }: { readonly a: string; readonly b: string }) {
  const found = useAnswer<Comparison>(
    `/api/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`,
  );
  useTitle(TITLE);
  if (found === undefined) return <Waiting title={TITLE} />;
  if (found === null) {
    return (
      <>
        <h1>{TITLE}</h1>
        <p>One of these runs is not in this cache.</p>
      </>
    );
  }
  const { causes, followers, forgotten, unfinished, metrics, onlyA, onlyB } = found;
  const last = { a: found.a.run, b: found.b.run };
  return (
    <>
      <h1>{TITLE}</h1>
      <Runs first={found.a} second={found.b} />
      <p>{found.counts}</p>
      <Table
        title="Params"
        head={['param', ...SIDES]}
        rows={found.params.map((each) => [each.name, each.a, each.b])}
      />
      <Table
        title="Causes"
        head={['what', 'name', ...SIDES, 'instances']}
        rows={causes.map(({ kind, name, a: was, b: is, ids }) => [
          kind,
          name,
          was,
          is,
          <Ids key="ids" run={last.b} ids={ids} />,
        ])}
      />
      <Table
        title="No result in at least one run"
        head={[...SIDES, 'instances']}
        rows={unfinished.map((each) => [
          each.a,
          each.b,
          <Ids key="ids" run={each.b === 'not reached' ? last.a : last.b} ids={each.ids} />,
        ])}
      />
      <Table
        title="Metrics"
        head={['instance', 'metric', ...SIDES, 'difference']}
        rows={metrics.map((each) => [
          <Ids key="id" run={last.b} ids={[each.id]} />,
          each.name,
          number(each.a),
          number(each.b),
          each.a === null || each.b === null ? '' : number(each.b - each.a),
        ])}
      />
      <Listed title="Changed only because of their inputs" run={last.b} ids={followers} />
      <Listed title="Results that are no longer in the cache" run={last.b} ids={forgotten} />
      <Listed title="Only in the first run" run={last.a} ids={onlyA} />
      <Listed title="Only in the second run" run={last.b} ids={onlyB} />
    </>
  );
}

const SIDES = ['first run', 'second run'];

function Runs({ first, second }: { readonly first: RunLine; readonly second: RunLine }) {
  const rows = [first, second].map(({ run, pipeline, state, startedAt, wallMs, argv }, at) => [
    <span key="side" class="nowrap">
      {SIDES[at]}
    </span>,
    <a key="run" href={`#/run/${encodeURIComponent(run)}`}>
      {run}
    </a>,
    pipeline,
    <StateBadge key="state" state={state} />,
    startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'),
    <span key="took" class="nowrap">
      {wallMs === undefined ? '' : formatDuration(wallMs)}
    </span>,
    <code key="command">{`flow ${argv.join(' ')}`}</code>,
  ]);
  const head = ['which', 'run', 'pipeline', 'outcome', 'started', 'took', 'command'];
  return <Rows caption="The two runs" head={head} rows={rows} />;
}

const number = (value: number | null): string => (value === null ? '(none)' : figure(value));

interface TableProps {
  readonly head: readonly string[];
  readonly rows: readonly (readonly ComponentChildren[])[];
}

/** Nothing if there are no rows. */
function Table({ title, ...table }: TableProps & { readonly title: string }) {
  if (table.rows.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <Rows caption={title} {...table} />
    </section>
  );
}

function Rows({ caption, head, rows }: TableProps & { readonly caption: string }) {
  return (
    <div class="scroll">
      <table class="stack">
        <caption class="hidden">{caption}</caption>
        <HeadRow titles={head} />
        <tbody>
          {rows.map((row, line) => (
            <tr key={line}>
              {row.map((cell, at) => (
                <td key={head[at]} data-label={head[at]}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface IdsProps {
  /** The names are links to the page of the instance in this run. */
  readonly run: string;
  readonly ids: readonly string[];
}

function Listed({ title, ...shown }: IdsProps & { readonly title: string }) {
  if (shown.ids.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <Ids {...shown} />
    </section>
  );
}

/** More of them than this are folded by stage. */
const MAX_IDS = 6;

function Ids({ run, ids }: IdsProps) {
  const link = (id: string): ComponentChildren => (
    <a href={`#/run/${encodeURIComponent(run)}/${encodeURIComponent(id)}`}>{id}</a>
  );
  const list = (some: readonly string[]): ComponentChildren => (
    <ul class="ids">
      {some.map((id) => (
        <li key={id}>{link(id)}</li>
      ))}
    </ul>
  );
  if (ids.length <= MAX_IDS) return list(ids);
  return (
    <>
      {[...new Set(ids.map(stageOf))].map((stage) => {
        const some = ids.filter((id) => stageOf(id) === stage);
        return some.length === 1 ? (
          list(some)
        ) : (
          <details key={stage}>
            <summary>{`${stage} ×${some.length}`}</summary>
            {list(some)}
          </details>
        );
      })}
    </>
  );
}
