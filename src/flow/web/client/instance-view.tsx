import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { LogPart } from '../../inspect/logs.ts';
import { Chart, linesOf } from '../components/curves.tsx';
import { InstanceDetail } from '../components/instance.tsx';
import { StateBadge } from '../components/states.tsx';
import { printable } from '../../report/printable.ts';
import { ask, useAnswer } from './ask.ts';
import { usePage } from './follow.ts';
import { PreviewButton } from './preview.tsx';
import { useTitle } from './title.ts';
import { Waiting } from './waiting.tsx';

const POLL_MS = 1000;
/** The maximum characters of a log on the page; the end is kept. */
const MAX_SHOWN = 200_000;

/** One instance: live log and curves, what it is made of, why it ran. */
export function InstanceView({ run, id }: { readonly run: string; readonly id: string }) {
  const { page } = usePage(run);
  useTitle(id);
  const instance = page?.instances.find((each) => each.id === id);
  const base = `/api/runs/${encodeURIComponent(run)}`;
  const query = `instance=${encodeURIComponent(id)}`;
  const link = useCallback(
    (other: string) => (
      <a href={`#/run/${encodeURIComponent(run)}/${encodeURIComponent(other)}`}>{other}</a>
    ),
    [run],
  );
  if (page === undefined) return <Waiting title={id} />;
  if (instance === undefined) {
    return (
      <>
        <h1>{id}</h1>
        <p>{`There is no such instance in run ${run}.`}</p>
      </>
    );
  }
  const { log: _, ...shown } = instance;
  const failed = instance.state === 'failed';
  const log = <Log path={`${base}/log?${query}`} live={instance.state === 'running'} />;
  return (
    <>
      <h1>
        {id} <StateBadge state={instance.state} />
      </h1>
      {instance.failure !== undefined && (
        <div class="failed">
          <p>{instance.failure.message}</p>
          {instance.failure.hint !== undefined && <p>{instance.failure.hint}</p>}
        </div>
      )}
      {failed && log}
      {instance.curves.length > 0 && (
        <div class="charts">
          {instance.curves.map(({ name }) => (
            <Chart key={name} title={name} lines={linesOf([instance], name)} />
          ))}
        </div>
      )}
      <Why path={`${base}/explain?${query}`} />
      <InstanceDetail
        instance={shown}
        link={link}
        preview={(output) => (
          <PreviewButton
            of={output}
            path={`${base}/preview?${query}&output=${encodeURIComponent(output)}`}
          />
        )}
      />
      {!failed && log}
    </>
  );
}

function Why({ path }: { readonly path: string }) {
  const lines = useAnswer<readonly string[]>(path);
  if (lines === null) return null;
  return (
    <section id="why" aria-labelledby="why-title" aria-busy={lines === undefined}>
      <h2 id="why-title">Why did this run?</h2>
      {lines === undefined ? (
        <p class="dim">Comparing…</p>
      ) : (
        <pre class="table" tabIndex={0}>
          {lines.join('\n')}
        </pre>
      )}
    </section>
  );
}

/** Continues to read while the instance runs, and once more after its end. */
function Log({ path, live }: { readonly path: string; readonly live: boolean }) {
  const [text, setText] = useState('');
  const next = useRef(0);
  const box = useRef<HTMLPreElement>(null);
  const shown = useMemo(() => text.split('\n').map(printable).join('\n'), [text]);
  useEffect(() => {
    let over = false;
    const read = async (): Promise<void> => {
      const part = await ask<LogPart>(`${path}&from=${next.current}`);
      if (over || part === undefined) return;
      next.current = part.next;
      if (part.text !== '') setText((old) => (old + part.text).slice(-MAX_SHOWN));
    };
    void read();
    const timer = live ? setInterval(() => void read(), POLL_MS) : undefined;
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [path, live]);
  useEffect(() => {
    if (live && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [text, live]);
  return (
    <section id="log" aria-labelledby="log-title">
      <h2 id="log-title">Log</h2>
      {text === '' ? (
        <p class="dim">The log is empty.</p>
      ) : (
        <pre ref={box} tabIndex={0}>
          {shown}
        </pre>
      )}
    </section>
  );
}
