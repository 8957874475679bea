// The live view: the fragment of the address chooses the page.
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ComparePage } from './compare-page.tsx';
import { InstanceView } from './instance-view.tsx';
import { LiveRun } from './live-run.tsx';
import { RunList } from './run-list.tsx';

/** `#/`, `#/run/ID`, `#/run/ID/INSTANCE`, `#/compare/A/B`; each part percent-encoded. */
function useRoute(moved: () => void): readonly string[] {
  const [route, setRoute] = useState(readRoute);
  useEffect(() => {
    const changed = (): void => {
      setRoute(readRoute());
      scrollTo(0, 0);
      moved();
    };
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
}

function readRoute(): readonly string[] {
  return location.hash
    .replace(/^#?\/?/, '')
    .split('/')
    .map((part) => decodeURIComponent(part));
}

function App() {
  const main = useRef<HTMLElement>(null);
  // As after any link, reading and Tab continue at the beginning of the new page.
  const [what, first, second] = useRoute(() => main.current?.focus({ preventScroll: true }));
  return (
    <>
      <nav class="top" aria-label="Pages">
        <a href="#/">Runs</a>
        {what === 'run' && first !== undefined && (
          <a href={`#/run/${encodeURIComponent(first)}`}>{first}</a>
        )}
      </nav>
      <main ref={main} tabIndex={-1}>
        {what === 'run' && first !== undefined && second === undefined && (
          <LiveRun key={first} run={first} />
        )}
        {what === 'run' && first !== undefined && second !== undefined && (
          <InstanceView key={`${first} ${second}`} run={first} id={second} />
        )}
        {what === 'compare' && first !== undefined && second !== undefined && (
          <ComparePage key={`${first} ${second}`} a={first} b={second} />
        )}
        {what !== 'run' && what !== 'compare' && <RunList />}
      </main>
    </>
  );
}

const root = document.querySelector('#root');
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
}
