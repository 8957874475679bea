import { useCallback } from 'preact/hooks';
import { RunView } from '../components/run-view.tsx';
import { usePage } from './follow.ts';
import { useTitle } from './title.ts';
import { Waiting } from './waiting.tsx';

/** One run, live. */
export function LiveRun({ run }: { readonly run: string }) {
  const { page, now } = usePage(run);
  const link = useCallback(
    (id: string) => <a href={`#/run/${encodeURIComponent(run)}/${encodeURIComponent(id)}`}>{id}</a>,
    [run],
  );
  useTitle(page ? `${page.pipeline} ${page.state}` : run);
  if (page === undefined) return <Waiting title={run} />;
  if (page === null) {
    return (
      <>
        <h1>{run}</h1>
        <p>There is no such run in this cache.</p>
      </>
    );
  }
  return <RunView page={page} link={link} {...(page.state === 'running' && { now })} />;
}
