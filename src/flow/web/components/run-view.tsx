import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { RunPage } from '../model/page.ts';
import { Curves } from './curves.tsx';
import { Exports } from './exports.tsx';
import { Failures } from './failures.tsx';
import { Graph } from './graph.tsx';
import { Instances, noFilter } from './instances.tsx';
import { Machine } from './machine.tsx';
import { Metrics } from './metrics.tsx';
import { Params } from './params.tsx';
import { Summary } from './summary.tsx';
import { Timeline } from './timeline.tsx';

/** Everything about one run: the whole report, and a page of the live view. */
export function RunView({
  page,
  now,
  link,
}: {
  readonly page: RunPage;
  readonly now?: number;
  readonly link?: (id: string) => ComponentChildren;
}) {
  const [filter, setFilter] = useState(noFilter);
  const time = now === undefined ? {} : { now };
  return (
    <>
      <Summary page={page} {...time} />
      <Failures page={page} />
      <Exports exports={page.exports} />
      <Metrics tables={page.metrics} />
      <Curves instances={page.instances} />
      <Graph page={page} onStage={(stage) => setFilter({ ...noFilter, stage })} />
      <Timeline page={page} {...time} />
      <Instances
        instances={page.instances}
        filter={filter}
        onFilter={setFilter}
        {...time}
        {...(link !== undefined && { link })}
      />
      <Params params={page.params} />
      <Machine page={page} />
    </>
  );
}

/** The report: the content of its file, which its script then makes interactive. */
export function Report({ page }: { readonly page: RunPage }) {
  return (
    <main>
      <RunView page={page} />
    </main>
  );
}
