import { useCallback, useEffect } from 'preact/hooks';
import { RunView } from '../components/run-view.tsx';
import { usePage } from './follow.ts';

/** One run, live. */
export function LiveRun({ run }: { readonly run: string }) {
  const { page, now } = usePage(run);
  const link = useCallback(
    (id: string) => <a href={`#/run/${encodeURIComponent(run)}/${encodeURIComponent(id)}`}>{id}</a>,
    [run],
  );
  useEffect(() => {
    document.title = page ? `${page.pipeline} ${page.state} · flow` : 'flow';
  }, [page]);
  if (page === undefined) return <main aria-busy="true" />;
  if (page === null) {
    return (
      <main>
        <h1>{run}</h1>
        <p>There is no such run in this cache.</p>
      </main>
    );
  }
  return <RunView page={page} link={link} {...(page.state === 'running' && { now })} />;
}
