import type { ComponentChildren } from 'preact';
import { formatBytes, formatDuration, shortDigest } from '../../report/format.ts';
import { madeText } from '../../report/changes/made-text.ts';
import type { InstancePage } from '../model/page.ts';
import { written } from './params.tsx';

/**
 * The origin and the inputs of a result. @param link makes a link of the name of another instance
 */
export function InstanceDetail({
  instance,
  link = (id) => id,
  preview,
}: {
  readonly instance: InstancePage;
  readonly link?: (id: string) => ComponentChildren;
  readonly preview?: (output: string) => ComponentChildren;
}) {
  const { madeBy, log, inputs, outputs, params, key, state } = instance;
  const end = log !== undefined && log.length > 0 && (
    <div>
      <h3>End of the log</h3>
      <pre tabIndex={0}>{log.join('\n')}</pre>
    </div>
  );
  return (
    <div class="detail">
      {state === 'failed' && end}
      <Rows title="Command" rows={[['', <CommandText key="command" text={instance.command} />]]} />
      <Rows
        title="Params"
        rows={Object.entries(params).map(([name, value]) => [
          name,
          <code key={name}>{written(value)}</code>,
        ])}
      />
      <Rows
        title="Inputs"
        rows={inputs.map(({ name, from, makers, digest }) => [
          name,
          <span key={name}>
            {makers.length === 1 && makers[0] !== undefined ? link(makers[0]) : from}
            {digest !== undefined && <span class="dim">{` ${shortDigest(digest)}`}</span>}
            {makers.length > 1 && <span class="dim">{`: ${makers.join(', ')}`}</span>}
          </span>,
        ])}
      />
      <Rows
        title="Outputs"
        rows={outputs.map(({ name, path, tree, kind, digest, size }) => [
          name,
          <span key={name}>
            <code>{tree ? `${path}/` : path}</code>
            {kind !== undefined && ` ${kind}`}
            {size !== undefined && ` ${formatBytes(size)}`}
            {digest !== undefined && <span class="dim">{` ${shortDigest(digest)}`}</span>}
            {digest !== undefined && preview?.(name)}
          </span>,
        ])}
      />
      {key !== undefined && <Rows title="Key" rows={[['', <code key="key">{key}</code>]]} />}
      {madeBy !== undefined && (
        <Rows
          title="Made"
          rows={[
            ['made', madeText({ ...madeBy, at: madeBy.startedAt })],
            ...(instance.frozen ? [['frozen', 'freeze: true'] as const] : []),
            ['in', formatDuration(madeBy.wallMs)],
            ...(madeBy.cpuMs === undefined ? [] : [['CPU', formatDuration(madeBy.cpuMs)] as const]),
            ...(madeBy.maxRssBytes === undefined
              ? []
              : [['memory', formatBytes(madeBy.maxRssBytes)] as const]),
          ]}
        />
      )}
      {state !== 'failed' && end}
    </div>
  );
}

/** Keeps the lines of a script with several lines. */
function CommandText({ text }: { readonly text: string }) {
  return text.includes('\n') ? <pre tabIndex={0}>{text}</pre> : <code>{text}</code>;
}

function Rows({
  title,
  rows,
}: {
  readonly title: string;
  readonly rows: readonly (readonly [string, ComponentChildren])[];
}) {
  if (rows.length === 0) return null;
  return (
    <div>
      <h3>{title}</h3>
      <dl class="facts tight">
        {rows.map(([name, value]) => (
          <div key={name}>
            {name !== '' && <dt>{name}</dt>}
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
