// A chart with logarithmic axes, in which linear growth is a slope of 45 degrees.
const [WIDTH, HEIGHT] = [720, 480];
const FRAME = { left: 70, right: 130, top: 40, bottom: 50 };
/** Okabe and Ito's colours, which most eyes tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** @param lines each { name, points: [x, y][] }, all above 0 @returns the text of an SVG */
export function logLogChart(title, lines, axes) {
  const all = lines.flatMap(({ points }) => points);
  const x = scale(
    all.map(([value]) => value),
    FRAME.left,
    WIDTH - FRAME.right,
  );
  const y = scale(
    all.map(([, value]) => value),
    HEIGHT - FRAME.bottom,
    FRAME.top,
  );
  const parts = [
    text(WIDTH / 2, 22, title, 'middle', 15),
    text((FRAME.left + WIDTH - FRAME.right) / 2, HEIGHT - 10, axes.x, 'middle'),
    `<g transform="rotate(-90 16 ${HEIGHT / 2})">${text(16, HEIGHT / 2, axes.y, 'middle')}</g>`,
  ];
  for (const value of x.ticks) {
    parts.push(rule(x.at(value), FRAME.top, x.at(value), HEIGHT - FRAME.bottom));
    parts.push(text(x.at(value), HEIGHT - FRAME.bottom + 18, value.toLocaleString('en'), 'middle'));
  }
  for (const value of y.ticks) {
    parts.push(rule(FRAME.left, y.at(value), WIDTH - FRAME.right, y.at(value)));
    parts.push(text(FRAME.left - 8, y.at(value) + 4, value.toLocaleString('en'), 'end'));
  }
  for (const [place, { name, points }] of lines.entries()) {
    const colour = COLOURS[place % COLOURS.length];
    const path = points.map(([px, py]) => `${fixed(x.at(px))},${fixed(y.at(py))}`).join(' ');
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    const [lastX, lastY] = points.at(-1);
    parts.push(text(x.at(lastX) + 8, y.at(lastY) + 4, name, 'start', 13, colour));
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif">`;
  return `${head}\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`;
}

/** Whole powers of ten around the values. */
function scale(values, from, to) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
    ticks: Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step)),
  };
}

const fixed = (value) => value.toFixed(1);

function rule(x1, y1, x2, y2) {
  return `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}" stroke="#ddd"/>`;
}

function text(x, y, words, anchor, size = 12, colour = '#333') {
  const safe = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}" font-size="${size}" fill="${colour}">${safe}</text>`;
}
