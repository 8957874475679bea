import { shellQuote } from '../../core/names.ts';
import { printable } from '../../report/printable.ts';
import type { InstancePage, RunPage } from '../model/page.ts';

/** The failures, with the end of the log and the next commands. */
export function Failures({ page }: { readonly page: RunPage }) {
  const failed = page.instances.filter(({ state }) => state === 'failed');
  if (failed.length === 0 && page.warnings.length === 0) return null;
  return (
    <section id="failures" aria-labelledby="failures-title">
      <h2 id="failures-title">{failed.length > 0 ? 'Failures' : 'Warnings'}</h2>
      {failed.map((instance) => (
        <Failed key={instance.id} instance={instance} page={page} />
      ))}
      {page.warnings.length > 0 && (
        <ul>
          {page.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Failed({ instance, page }: { readonly instance: InstancePage; readonly page: RunPage }) {
  const { id, failure } = instance;
  const again = ['flow', 'run', page.file, id, ...page.overrides].map(shellQuote).join(' ');
  return (
    <article class="failed">
      <h3>{id}</h3>
      <p>{failure?.message ?? 'the instance failed'}</p>
      {failure?.hint !== undefined && <p>{failure.hint}</p>}
      {failure?.tail !== undefined && failure.tail.length > 0 && (
        <pre tabIndex={0}>{failure.tail.map(printable).join('\n')}</pre>
      )}
      {failure?.log !== undefined && (
        <p>
          log: <code>{failure.log}</code>
        </p>
      )}
      <p>
        <code>{again}</code> repeats only this instance,{' '}
        <code>{`flow explain ${id} --run ${page.run}`}</code> shows why it ran.
      </p>
    </article>
  );
}
