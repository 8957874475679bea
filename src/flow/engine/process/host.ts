import { closeSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { Escapees } from './escapees.ts';
import { line, onLine } from './host-messages.ts';
import type { Order, Report } from './host-messages.ts';
import { HostedStage } from './hosted-stage.ts';

// A separate program. It starts the stages of one driver and reports their ends. If the driver ends
// first, it kills what still runs and ends. A fork copies the page tables of the calling process
// and blocks its only thread; for a small Node process this takes a fraction of the time. The host
// has its own session and ignores the signals of a terminal, which are for the driver.

const stages = new Map<number, HostedStage>();
const escapees = new Escapees();
let abandoned = false;

process.title = 'flow host';
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
process.on('uncaughtException', abandon);
process.stdout.on('error', abandon);
process.stdin.on('error', abandon).on('end', abandon);
closeInherited();
onLine<Order>(process.stdin, (order) => {
  if (abandoned) return;
  const { id } = order;
  const tell = (report: Report): void => {
    if (report.type === 'ended' || report.type === 'refused') stages.delete(id);
    process.stdout.write(line(id, report));
  };
  switch (order.type) {
    case 'start':
      stages.set(id, new HostedStage(order.job, escapees, tell));
      return;
    case 'end':
      return stages.get(id)?.end(order.graceMs);
    case 'scan':
      void escapees.scan().then(() => tell({ type: 'scanned' }));
      return;
    case 'close':
      abandon();
  }
});

/**
 * The driver has finished or is dead, or this program is broken: kill everything that it started.
 */
function abandon(): void {
  if (abandoned) return;
  abandoned = true;
  for (const stage of stages.values()) stage.kill();
  void escapees.scanAll().finally(() => process.exit());
}

/** Node's own descriptors are closed in what it starts; those that it inherited would stay open there. */
function closeInherited(): void {
  const closedByExec = 0o2000000;
  const folder = '/proc/self/fd';
  const files = existsSync(folder) ? readdirSync(folder).map(Number) : [];
  for (const fd of files.filter((each) => each > 2 && existsSync(`${folder}/${each}`))) {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    if (flags !== undefined && (Number.parseInt(flags, 8) & closedByExec) === 0) closeSync(fd);
  }
}
