import { plural } from '../../report/format.ts';
import type { MetricTable } from '../model/page.ts';
import { HeadRow } from './head-row.tsx';

/** More rows than this are folded by stage. */
const MAX_OPEN_ROWS = 30;

/** All numbers of the outputs of kind `metrics`. */
export function Metrics({ tables }: { readonly tables: readonly MetricTable[] }) {
  if (tables.length === 0) return null;
  const open = tables.reduce((sum, { rows }) => sum + rows.length, 0) <= MAX_OPEN_ROWS;
  return (
    <section id="metrics" aria-labelledby="metrics-title">
      <h2 id="metrics-title">Metrics</h2>
      {tables.map((table) => (
        <details key={table.stage} open={open}>
          <summary>{`${table.stage}: ${plural(table.columns.length, 'value')} per instance, ${plural(table.rows.length, 'instance')}`}</summary>
          <div class="scroll" tabIndex={0}>
            <table>
              <caption class="hidden">{table.stage}</caption>
              <HeadRow titles={[...table.axes, ...table.columns]} numbers={table.axes.length} />
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
