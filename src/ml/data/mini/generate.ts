// The mini world's files: the eight tasks in their fixed draw order; then, from separate random streams,
// the files that the first measurements of the world did not have.
import { mulberry32, Stream } from '../../random.ts';
import { drawFrom, drawWeighted } from './draw.ts';
import type { Draw } from './draw.ts';
import { colaRow, qnliRow, qqpRow, sst2Row, wnliRow } from './others.ts';
import { mnliRow, mrpcRow, rteRow, stsbRow } from './pairs.ts';
import type { MiniRow, RowMaker } from './row.ts';
import * as tables from './tables.ts';
import type { Table, Tables } from './tables.ts';
import { createWorld } from './world.ts';
import type { Domain, World } from './world.ts';

export interface MiniFile {
  /** GLUE's folder and file, without the suffix. */
  readonly folder: string;
  readonly name: string;
  readonly table: Table;
  readonly rows: readonly PlacedRow[];
  /** Its labels are only in the truth files. */
  readonly hidden: boolean;
  /** Part of the measured world: its rows are in domains.tsv. */
  readonly measured: boolean;
}

export interface PlacedRow extends MiniRow {
  readonly domain: number;
}

interface Group {
  readonly folder: string;
  readonly tables: Tables;
  readonly maker: RowMaker;
  /** Share of the domains. */
  readonly mixture: readonly number[];
}

interface TaskGroup extends Group {
  readonly train: number;
  readonly dev: number;
}

const mostly = (domain: number): readonly number[] =>
  Array.from({ length: 6 }, (_, d) => (d === domain ? 0.9 : 0.02));
const EVEN: readonly number[] = Array.from({ length: 6 }, () => 1 / 6);
const TEST_ROWS = 300;

/** In the order of generation, which numbers their random streams. */
const TASKS: readonly TaskGroup[] = [
  { folder: 'RTE', tables: tables.RTE, maker: rteRow, mixture: mostly(0), train: 250, dev: 600 },
  { folder: 'MRPC', tables: tables.MRPC, maker: mrpcRow, mixture: mostly(1), train: 250, dev: 600 },
  {
    folder: 'STS-B',
    tables: tables.STSB,
    maker: stsbRow,
    mixture: mostly(2),
    train: 250,
    dev: 600,
  },
  { folder: 'MNLI', tables: tables.MNLI, maker: mnliRow, mixture: [0.15, 0.1, 0.1, 0.25, 0.2, 0.2], train: 7000, dev: 400 }, // prettier-ignore
  { folder: 'QQP', tables: tables.QQP, maker: qqpRow, mixture: [0.08, 0.12, 0.1, 0.2, 0.25, 0.25], train: 4000, dev: 400 }, // prettier-ignore
  { folder: 'QNLI', tables: tables.QNLI, maker: qnliRow, mixture: [0.15, 0.1, 0.1, 0.15, 0.25, 0.25], train: 4000, dev: 400 }, // prettier-ignore
  { folder: 'SST-2', tables: tables.SST2, maker: sst2Row, mixture: [0.1, 0.1, 0.1, 0.2, 0.25, 0.25], train: 3000, dev: 400 }, // prettier-ignore
  { folder: 'CoLA', tables: tables.COLA, maker: colaRow, mixture: [0.12, 0.1, 0.1, 0.28, 0.2, 0.2], train: 2500, dev: 400 }, // prettier-ignore
];

/** @param seed the param `world` */
export function generateMini(seed: number): readonly MiniFile[] {
  const world = createWorld(seed);
  return [
    ...TASKS.flatMap((group, k) => taskFiles(world, group, seed, k)),
    ...strangerFiles(world, seed),
  ];
}

function taskFiles(world: World, group: TaskGroup, seed: number, k: number): readonly MiniFile[] {
  const { folder, tables: { labelled } } = group; // prettier-ignore
  const seen = new Set<string>();
  const draw = drawFrom(mulberry32(seed * 7919 + 101 * (k + 1)));
  const dev = drawRows(draw, world, group, group.dev, seen);
  const train = drawRows(draw, world, group, group.train, seen);
  const mnli = folder === 'MNLI';
  const more = (name: string, rows: number, mixture = group.mixture): readonly PlacedRow[] =>
    drawRows(ownStream(seed, folder, name), world, { ...group, mixture }, rows, seen);
  const test = (name: string, mixture?: readonly number[]): MiniFile => {
    const rows = more(name, TEST_ROWS, mixture);
    return { folder, name, table: group.tables.test, rows, hidden: true, measured: false };
  };
  const files: MiniFile[] = [
    {
      folder,
      name: mnli ? 'dev_matched' : 'dev',
      table: labelled,
      rows: dev,
      hidden: false,
      measured: true,
    },
    { folder, name: 'train', table: labelled, rows: train, hidden: false, measured: true },
    test(mnli ? 'test_matched' : 'test'),
  ];
  if (mnli) {
    const rows = more('dev_mismatched', group.dev, EVEN);
    files.push({
      folder,
      name: 'dev_mismatched',
      table: labelled,
      rows,
      hidden: false,
      measured: false,
    });
    files.push(test('test_mismatched', EVEN));
  }
  return files;
}

/** The sets that no task trains on, but that a submission answers. */
function strangerFiles(world: World, seed: number): readonly MiniFile[] {
  const wnli: Group = { folder: 'WNLI', tables: tables.WNLI, maker: wnliRow, mixture: EVEN };
  const ax: Group = { folder: 'diagnostic', tables: tables.DIAGNOSTIC, maker: mnliRow, mixture: EVEN }; // prettier-ignore
  const seen = new Set<string>();
  const file = (group: Group, name: string, rows: number, hidden: boolean): MiniFile => ({
    folder: group.folder,
    name,
    table: hidden ? group.tables.test : group.tables.labelled,
    rows: drawRows(ownStream(seed, group.folder, name), world, group, rows, seen),
    hidden,
    measured: false,
  });
  return [
    file(wnli, 'dev', 100, false),
    file(wnli, 'train', 250, false),
    file(wnli, 'test', TEST_ROWS, true),
    file(ax, 'diagnostic', TEST_ROWS, true),
  ];
}

function ownStream(seed: number, folder: string, name: string): Draw {
  const stream = Stream.named(seed, 'mini', folder, name);
  return drawFrom(() => stream.u32());
}

/** @param seen texts of the group so far; a repeated one is drawn again, so that no text is in two files */
function drawRows(
  draw: Draw,
  world: World,
  { maker, mixture }: Group,
  count: number,
  seen: Set<string>,
): readonly PlacedRow[] {
  const rows: PlacedRow[] = [];
  while (rows.length < count) {
    const domain = world[drawWeighted(draw, mixture)] as Domain;
    const row = maker(draw, domain);
    const texts = row.texts.join('\t');
    if (seen.has(texts)) continue;
    seen.add(texts);
    rows.push({ ...row, domain: domain.id });
  }
  return rows;
}
