/** The style of the report and the live view: light and dark, paper and screen. The contrast is at least 4.5 to 1. */
export const style = `
:root { color-scheme: light dark; --text: #1b1f24; --dim: #57606a; --line: #d0d7de; --ground: #fff;
  --panel: #f6f8fa; --link: #0550ae; --ran: #0072b2; --hit: #00785a; --running: #b35900;
  --failed: #b3261e; --other: #6e7781; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --dim: #9aa4af; --line: #3d444d;
  --ground: #0d1117; --panel: #161b22; --link: #79b8ff; --ran: #56b4e9; --hit: #3fc79a;
  --running: #f0a94b; --failed: #ff8a80; --other: #9aa4af; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, 'Segoe UI', 'Liberation Sans', sans-serif; }
main, nav.top { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
main { padding-bottom: 60px; }
nav.top { padding-top: 14px; display: flex; gap: 16px; }
h1 { font-size: 1.6rem; margin: 20px 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 32px 0 8px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
h3 { margin: 12px 0 4px; font-size: 0.95rem; }
a { color: var(--link); }
code, pre { font: 0.88em/1.5 ui-monospace, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 8px 12px;
  overflow: auto; max-height: 420px; white-space: pre-wrap; }
pre.table { white-space: pre; overflow-wrap: normal; }
.dim { color: var(--dim); }
.nowrap { white-space: nowrap; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.state { white-space: nowrap; font-weight: 600; font-size: 0.88em; color: var(--other); }
.state-ran, .state-ok { color: var(--ran); fill: var(--ran); }
.state-hit { color: var(--hit); fill: var(--hit); }
.state-running, .state-storing, .state-retrying { color: var(--running); fill: var(--running); }
.state-failed, .state-died { color: var(--failed); fill: var(--failed); }
.state-skipped, .state-cancelled, .state-interrupted, .state-waiting, .state-queued { fill: var(--other); }
.state-pending { fill: var(--line); }
.counts { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 8px 0; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 28px; margin: 8px 0; }
.facts > div { min-width: 0; }
.facts dt { color: var(--dim); font-size: 0.82em; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.facts.tight { display: grid; gap: 2px; }
.facts.tight > div { display: flex; gap: 10px; }
.facts.tight dt { min-width: 90px; }
.command { overflow-wrap: anywhere; }
.tools { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; margin: 8px 0; }
button, input, select { font: inherit; color: inherit; background: var(--ground);
  border: 1px solid var(--other); border-radius: 5px; padding: 2px 8px; }
main:focus, section:focus { outline: none; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 13px system-ui, 'Liberation Sans', sans-serif; fill: var(--text); }
svg text.tick, svg .dim { fill: var(--dim); font-size: 11px; }
svg.graph { border: 1px solid var(--line); border-radius: 6px; touch-action: pinch-zoom; cursor: grab; }
.node { fill: var(--panel); stroke: var(--other); }
.edge { fill: none; stroke: var(--other); stroke-width: 1.1; opacity: 0.75; }
.arrow { fill: var(--other); }
.grid { stroke: var(--line); stroke-width: 1; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.93em; }
th, td { text-align: left; padding: 3px 10px 3px 0; border-bottom: 1px solid var(--line); vertical-align: top;
  font-weight: 400; }
thead th { font-weight: 600; }
thead button { border: 0; padding: 0; font-weight: 600; cursor: pointer; }
th.number { text-align: right; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
progress { width: 120px; accent-color: var(--running); }
.detail { padding: 4px 0 12px 16px; display: grid; gap: 2px; }
.failed { border-left: 4px solid var(--failed); padding-left: 14px; }
.timeline .bar { stroke: var(--ground); stroke-width: 0.5; }
rect.state-failed { stroke: var(--text); stroke-width: 1.5; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 12px; }
.legend { list-style: none; margin: 0; padding: 0 0 0 40px; display: flex; flex-wrap: wrap; gap: 0 14px;
  color: var(--dim); font-size: 0.8em; }
#timeline .legend { padding: 0; }
ul.ids { list-style: none; margin: 0; padding: 0; overflow-wrap: anywhere; }
.legend svg { display: inline-block; width: 18px; height: 6px; margin-right: 5px; vertical-align: middle; }
.pictures { display: flex; flex-wrap: wrap; gap: 16px; }
figure { margin: 0; }
figcaption { color: var(--dim); font-size: 0.88em; }
.pictures img { max-width: 520px; width: 100%; background: #fff; border: 1px solid var(--line); border-radius: 6px; }
.columns { columns: 3 240px; }
html:not(.scripted) .needs-script { display: none; }
@media (max-width: 640px) {
  main, nav.top { padding-inline: 12px; }
  svg.graph { touch-action: manipulation; }
  svg.timeline { min-width: 640px; } svg.timeline text.tick { font-size: 17px; }
  table.stack thead { position: absolute; clip-path: inset(50%); }
  table.stack tr { display: flex; flex-wrap: wrap; gap: 2px 16px; padding: 8px 0;
    border-bottom: 1px solid var(--line); }
  table.stack :is(td, th) { border: 0; padding: 0; max-width: 100%; overflow-wrap: anywhere; }
  table.stack td:empty { display: none; }
  table.stack [data-label]::before { content: attr(data-label) ' '; color: var(--dim); font-size: 0.85em; }
  table.instances td:first-child { flex-basis: 100%; }
}
@media print {
  .tools { display: none; } main { max-width: none; padding: 0; } h2 { break-after: avoid; }
  section:not(#instances) details::details-content { content-visibility: visible; block-size: auto; }
  figure, tr, article { break-inside: avoid; } pre { max-height: none; } a { color: inherit; }
}
`;
