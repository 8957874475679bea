import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { formatBytes, formatDuration } from '../../report/format.ts';
import type { InstancePage } from '../model/page.ts';
import { InstanceDetail } from './instance.tsx';
import { StateBadge, states } from './states.tsx';

export interface Filter {
  readonly text: string;
  readonly state: string;
  readonly stage: string;
}

export const noFilter: Filter = { text: '', state: '', stage: '' };

export type Order = 'declared' | 'name' | 'state' | 'time' | 'size';

interface Props {
  readonly instances: readonly InstancePage[];
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  readonly now?: number;
  /** Missing: the name opens the details below it, on the same page. */
  readonly link?: (id: string) => ComponentChildren;
}

/** Every instance, to be searched, filtered and sorted. */
export function Instances({ instances, filter, onFilter, now, link }: Props) {
  const [order, setOrder] = useState<Order>('declared');
  const stages = useMemo(() => [...new Set(instances.map(({ stage }) => stage))], [instances]);
  const shown = sorted(
    instances.filter((instance) => fits(instance, filter)),
    order,
    now,
  );
  return (
    <section id="instances" tabIndex={-1} aria-labelledby="instances-title">
      <h2 id="instances-title">Instances</h2>
      <div class="tools needs-script">
        <label>
          Search{' '}
          <input
            type="search"
            value={filter.text}
            onInput={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
          />
        </label>
        <Choice
          label="Outcome"
          value={filter.state}
          values={states}
          onChange={(state) => onFilter({ ...filter, state })}
        />
        <Choice
          label="Stage"
          value={filter.stage}
          values={stages}
          onChange={(stage) => onFilter({ ...filter, stage })}
        />
        <span role="status">{`${shown.length} of ${instances.length}`}</span>
      </div>
      <div class="scroll">
        <table class="instances stack">
          <caption class="hidden">Instances</caption>
          <thead>
            <tr>
              {columns.map(({ title, by, sense }) => (
                <th
                  key={title}
                  scope="col"
                  {...(sense === 'descending' && { class: 'number' })}
                  aria-sort={order === by ? sense : 'none'}
                >
                  <button type="button" onClick={() => setOrder(order === by ? 'declared' : by)}>
                    {title}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((instance) => (
              <Row
                key={instance.id}
                instance={instance}
                {...(link !== undefined && { link })}
                {...(instance.state === 'running' && now !== undefined && { now })}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Long durations and large sizes come first. */
const columns: readonly {
  readonly title: string;
  readonly by: Order;
  readonly sense: 'ascending' | 'descending';
}[] = [
  { title: 'instance', by: 'name', sense: 'ascending' },
  { title: 'outcome', by: 'state', sense: 'ascending' },
  { title: 'time', by: 'time', sense: 'descending' },
  { title: 'size', by: 'size', sense: 'descending' },
];

interface RowProps {
  readonly instance: InstancePage;
  readonly now?: number;
  readonly link?: (id: string) => ComponentChildren;
}

/** Redrawn only if its instance, or the time of a running one, has changed. */
function Row({ instance, now, link }: RowProps) {
  return useMemo(() => {
    const { id, state, progress, note, holder } = instance;
    const told =
      state === 'running' && progress !== undefined
        ? `${progress.done} of ${progress.total} ${progress.unit}`
        : state === 'waiting'
          ? `for ${holder ?? 'another run'}`
          : (note ?? '');
    return (
      <tr id={`i-${id}`}>
        <td>
          {link === undefined ? (
            <details>
              <summary>{id}</summary>
              <InstanceDetail instance={instance} />
            </details>
          ) : (
            link(id)
          )}
        </td>
        <td>
          <StateBadge state={state} />
          {told !== '' && <span class="dim">{` ${told}`}</span>}
          {state === 'running' && progress !== undefined && progress.total > 0 && (
            <progress max={progress.total} value={progress.done} aria-label={`${id}: ${told}`} />
          )}
        </td>
        <td class="number">{timeOf(instance, now)}</td>
        <td class="number">{sizeOf(instance) > 0 ? formatBytes(sizeOf(instance)) : ''}</td>
      </tr>
    );
  }, [instance, now, link]);
}

function Choice({
  label,
  value,
  values,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly values: readonly string[];
  readonly onChange: (value: string) => void;
}) {
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">all</option>
        {values.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}

export function fits({ id, state, stage }: InstancePage, filter: Filter): boolean {
  if (filter.state !== '' && filter.state !== state) return false;
  if (filter.stage !== '' && filter.stage !== stage) return false;
  return filter.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => id.toLowerCase().includes(word));
}

export function sorted(
  instances: readonly InstancePage[],
  order: Order,
  now: number | undefined,
): readonly InstancePage[] {
  switch (order) {
    case 'declared':
      return instances;
    case 'name':
      return instances.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    case 'state':
      return instances.toSorted((a, b) => states.indexOf(a.state) - states.indexOf(b.state));
    case 'time':
      return instances.toSorted((a, b) => wallMs(b, now) - wallMs(a, now));
    case 'size':
      return instances.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  }
}

/** Milliseconds in this run; 0 for an instance that did not run. */
function wallMs({ startedAt, endedAt }: InstancePage, now: number | undefined): number {
  return startedAt === undefined ? 0 : (endedAt ?? now ?? startedAt) - startedAt;
}

function timeOf(instance: InstancePage, now: number | undefined): string {
  if (instance.startedAt !== undefined) return formatDuration(wallMs(instance, now));
  return instance.savedMs === undefined ? '' : `saved ${formatDuration(instance.savedMs)}`;
}

function sizeOf({ outputs }: InstancePage): number {
  return outputs.reduce((sum, { size }) => sum + (size ?? 0), 0);
}
