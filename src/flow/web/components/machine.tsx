import type { RunPage } from '../model/page.ts';
import { Fact } from './summary.tsx';

/** The machine, and the packages in the keys. */
export function Machine({ page }: { readonly page: RunPage }) {
  return (
    <section id="machine" aria-labelledby="machine-title">
      <h2 id="machine-title">Machine</h2>
      <dl class="facts">
        {page.machine.map(({ name, value }) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
      {page.packages.length > 0 && (
        <details>
          <summary>{`${page.packages.length} packages in the keys`}</summary>
          <ul class="columns">
            {page.packages.map(({ name, version }) => (
              <li key={`${name}@${version}`}>
                {name} {version}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
