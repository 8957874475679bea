import { shellQuote } from '../../core/names.ts';
import { formatCommit, formatDuration, plural } from '../../report/format.ts';
import type { RunPage } from '../model/page.ts';
import { countStates, StateBadge, states } from './states.tsx';

/**
 * The number of instances by outcome, and the time saved by the cache. @param now for a running run
 */
export function Summary({ page, now }: { readonly page: RunPage; readonly now?: number }) {
  const counts = countStates(page.instances);
  const saved = page.instances.reduce((sum, instance) => sum + (instance.savedMs ?? 0), 0);
  const end = page.endedAt ?? (page.state === 'running' ? now : undefined);
  return (
    <header class="summary">
      <h1>
        {page.pipeline} <StateBadge state={page.state} />
      </h1>
      {page.description !== undefined && <p>{page.description}</p>}
      <p class="command">
        <code>flow {page.argv.map(shellQuote).join(' ')}</code>
      </p>
      <ul class="counts" aria-label="Instances by outcome">
        {states.map((state) => {
          const count = counts.get(state);
          return count === undefined ? null : (
            <li key={state}>
              <b>{count}</b> <StateBadge state={state} />
            </li>
          );
        })}
      </ul>
      <dl class="facts">
        <Fact name="run" value={page.run} />
        <Fact name="pipeline" value={page.file} />
        {page.commit !== undefined && <Fact name="commit" value={formatCommit(page.commit)} />}
        <Fact name="started" value={new Date(page.startedAt).toISOString().replace('T', ' ')} />
        {end !== undefined && <Fact name="took" value={formatDuration(end - page.startedAt)} />}
        <Fact name="stages" value={plural(page.instances.length, 'instance')} />
        {saved > 0 && <Fact name="time saved by the cache" value={formatDuration(saved)} />}
      </dl>
    </header>
  );
}

export function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
