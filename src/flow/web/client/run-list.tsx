import { useState } from 'preact/hooks';
import { formatDuration } from '../../report/format.ts';
import { HeadRow } from '../components/head-row.tsx';
import { StateBadge } from '../components/states.tsx';
import type { RunLine } from '../model/page.ts';
import { useAnswer } from './ask.ts';
import { useTitle } from './title.ts';

const POLL_MS = 2000;

const titles = [
  'compare',
  'run',
  'pipeline',
  'outcome',
  'ran',
  'hits',
  'failed',
  'took',
  'command',
];

/** All runs, newest first. A user can choose two of them to compare. */
export function RunList() {
  const runs = useAnswer<readonly RunLine[]>('/api/runs', POLL_MS);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [a, b] = chosen;
  useTitle('Runs');
  const choose = (run: string, on: boolean): void => {
    const rest = chosen.filter((each) => each !== run);
    setChosen(on ? [...rest, run].slice(-2) : rest);
  };
  return (
    <>
      <h1>Runs</h1>
      {runs === null && <p role="alert">The server does not answer. Is `flow ui` still running?</p>}
      {runs?.length === 0 && (
        <p>
          Nothing has run here yet: <code>flow run PIPELINE</code>
        </p>
      )}
      {runs !== undefined && runs !== null && runs.length > 0 && (
        <>
          <p>
            {a !== undefined && b !== undefined ? (
              <a href={`#/compare/${[a, b].sort().map(encodeURIComponent).join('/')}`}>
                Compare the two
              </a>
            ) : (
              <span class="dim">Tick two runs to compare them.</span>
            )}
          </p>
          <div class="scroll">
            <table class="stack">
              <caption class="hidden">Runs</caption>
              <HeadRow titles={titles} />
              <tbody>
                {runs.map((line) => (
                  <tr key={line.run}>
                    <td>
                      <input
                        type="checkbox"
                        aria-label={`Compare ${line.run}`}
                        checked={chosen.includes(line.run)}
                        onChange={(event) => choose(line.run, event.currentTarget.checked)}
                      />
                    </td>
                    <th scope="row">
                      <a href={`#/run/${encodeURIComponent(line.run)}`}>{line.run}</a>
                    </th>
                    <td>{line.pipeline}</td>
                    <td>
                      <StateBadge state={line.state} />
                    </td>
                    <td class="number" data-label="ran">
                      {line.counts?.ran ?? ''}
                    </td>
                    <td class="number" data-label="hits">
                      {line.counts?.hit ?? ''}
                    </td>
                    <td class="number" data-label="failed">
                      {line.counts?.failed ?? ''}
                    </td>
                    <td class="number" data-label="took">
                      {line.wallMs === undefined ? '' : formatDuration(line.wallMs)}
                    </td>
                    <td>
                      <code>{line.argv.join(' ')}</code>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </>
  );
}
