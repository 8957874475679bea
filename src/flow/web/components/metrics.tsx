import type { MetricTable } from '../model/page.ts';
import { HeadRow } from './head-row.tsx';

/** All numbers of the outputs of kind `metrics`. */
export function Metrics({ tables }: { readonly tables: readonly MetricTable[] }) {
  if (tables.length === 0) return null;
  return (
    <section id="metrics" aria-labelledby="metrics-title">
      <h2 id="metrics-title">Metrics</h2>
      {tables.map((table) => (
        <details key={table.stage}>
          <summary>{`${table.stage}: ${table.columns.length} values per instance, ${table.rows.length} instances`}</summary>
          <div class="scroll">
            <table>
              <caption class="hidden">{table.stage}</caption>
              <HeadRow titles={[...table.axes, ...table.columns]} />
              <tbody>
                {table.rows.map((row) => (
                  <tr key={row.id}>
                    {row.axes.map((value, at) => (
                      <th key={table.axes[at]} scope="row">
                        {String(value)}
                      </th>
                    ))}
                    {row.values.map((value, at) => (
                      <td key={table.columns[at]} class="number">
                        {value === null ? '' : figure(value)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      ))}
    </section>
  );
}

/** Whole numbers whole, others with five digits. */
export function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}
