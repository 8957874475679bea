import { shortDigest } from '../../report/format.ts';
import { HeadRow } from '../components/head-row.tsx';
import { figure } from '../components/metrics.tsx';
import { written } from '../components/params.tsx';
import type { Comparison } from '../server/source.ts';
import { useAnswer } from './ask.ts';
import { useTitle } from './title.ts';
import { Waiting } from './waiting.tsx';

/** What differs between two runs. */
export function ComparePage({ a, b }: { readonly a: string; readonly b: string }) {
  const found = useAnswer<Comparison>(
    `/api/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`,
  );
  useTitle('Two runs');
  if (found === undefined) return <Waiting title="Two runs" />;
  if (found === null) {
    return (
      <>
        <p>One of these runs is not in this cache.</p>
      </>
    );
  }
  return (
    <>
      <h1>Two runs</h1>
      <Table
        title="Params"
        head={['param', a, b]}
        rows={found.params.map((each) => [each.name, written(each.a), written(each.b)])}
      />
      <Table
        title="Metrics"
        head={['instance', 'metric', a, b, 'difference']}
        rows={found.metrics.map((each) => [
          each.id,
          each.name,
          number(each.a),
          number(each.b),
          each.a === null || each.b === null ? '' : number(each.b - each.a),
        ])}
      />
      <Table
        title="Keys"
        head={['instance', a, b]}
        rows={found.keys.map((each) => [each.id, key(each.a), key(each.b)])}
      />
    </>
  );
}

const number = (value: number | null): string => (value === null ? '—' : figure(value));
const key = (value: string | null): string => (value === null ? '—' : shortDigest(value));

function Table({
  title,
  head,
  rows,
}: {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}) {
  return (
    <section>
      <h2>{title}</h2>
      {rows.length === 0 ? (
        <p class="dim">No difference.</p>
      ) : (
        <div class="scroll">
          <table>
            <caption class="hidden">{title}</caption>
            <HeadRow titles={head} />
            <tbody>
              {rows.map((row) => (
                <tr key={row.join(' ')}>
                  {row.map((cell, at) => (
                    <td key={head[at]}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
