import type { Json } from '../../core/json.ts';
import { plural } from '../../report/format.ts';
import type { Param } from '../model/page.ts';
import { HeadRow } from './head-row.tsx';

/** The params and their origins; values that are not defaults come first. */
export function Params({ params }: { readonly params: readonly Param[] }) {
  if (params.length === 0) return null;
  const changed = params.filter(({ origin }) => origin !== undefined);
  const rest = params.filter(({ origin }) => origin === undefined);
  return (
    <section id="params" aria-labelledby="params-title">
      <h2 id="params-title">Params</h2>
      {changed.length > 0 && <ParamTable params={changed} caption="Set for this run" />}
      {rest.length > 0 && (
        <details open={changed.length === 0}>
          <summary>{`${plural(rest.length, 'param')} with the default value`}</summary>
          <ParamTable params={rest} caption="Default values" />
        </details>
      )}
    </section>
  );
}

function ParamTable({
  params,
  caption,
}: {
  readonly params: readonly Param[];
  readonly caption: string;
}) {
  return (
    <div class="scroll">
      <table>
        <caption class="hidden">{caption}</caption>
        <HeadRow titles={['param', 'value', 'from']} />
        <tbody>
          {params.map(({ name, value, origin }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <code>{written(value)}</code>
              </td>
              <td>{origin ?? 'default'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function written(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
