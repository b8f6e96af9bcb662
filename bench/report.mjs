// Tables: for the terminal, and as Markdown between two marks of a page.
import { readFileSync, writeFileSync } from 'node:fs';

/** Rows of hot hits, the fastest first. */
export function hotHitTable({ object, string }) {
  const rows = Object.entries(object)
    .sort(([, a], [, b]) => a.ns - b.ns)
    .map(([name, hit]) => [name, ...hitCells(hit), ...hitCells(string[name])]);
  return [['', 'object, ns', '× floor', '× keepsake', 'string, ns', '× floor', '× keepsake'], ...rows];
}

export function otherCostsTable(costs) {
  const rows = Object.entries(costs).map(([name, { ns, toFloor }]) => [
    name,
    nanoseconds(ns),
    times(toFloor),
  ]);
  return [['', 'ns', '× floor'], ...rows];
}

/** Each ratio to the floor beside the recorded one. */
export function comparisonTable(now, then) {
  const rows = Object.entries(now).map(([name, { ns, toFloor }]) => {
    const old = then?.[name]?.toFloor;
    const change = old ? `${toFloor >= old ? '+' : ''}${Math.round((toFloor / old - 1) * 100)} %` : '';
    return [name, nanoseconds(ns), times(toFloor), old ? times(old) : 'none', change];
  });
  return [['', 'ns', '× floor', 'recorded', 'change'], ...rows];
}

/** A table as aligned text. */
export function text(table) {
  return aligned(table)
    .map((cells) => cells.join('  '))
    .join('\n');
}

/** Puts a table between `<!-- name -->` and `<!-- /name -->` of a page. */
export function intoPage(page, name, table) {
  const [head, ...rows] = aligned(table).map((cells) => `| ${cells.join(' | ')} |`);
  const rule = aligned(table)[0].map((cell, i) => '-'.repeat(cell.length - (i ? 1 : 0)) + (i ? ':' : ''));
  const lines = [head, `| ${rule.join(' | ')} |`, ...rows].join('\n');
  const old = readFileSync(page, 'utf8');
  const marked = new RegExp(`(<!-- ${name} -->\n)[^]*(<!-- /${name} -->)`);
  if (!marked.test(old)) throw new Error(`${page}: has no <!-- ${name} --> and <!-- /${name} -->.`);
  writeFileSync(
    page,
    old.replace(marked, (_, before, after) => `${before}\n${lines}\n\n${after}`),
  );
}

function hitCells({ ns, toFloor, toKeepsake }) {
  return [nanoseconds(ns), times(toFloor), times(toKeepsake)];
}

/** Two digits that count, or three from 100 on: more would be noise. */
function nanoseconds(ns) {
  return String(Number(ns.toPrecision(ns < 100 ? 2 : 3)));
}

function times(ratio) {
  return ratio < 9.95
    ? ratio.toFixed(ratio < 0.095 ? 2 : 1)
    : String(Number(ratio.toPrecision(ratio < 100 ? 2 : 3)));
}

function aligned(table) {
  const widths = table[0].map((_, i) => Math.max(3, ...table.map((cells) => cells[i].length)));
  return table.map((cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))),
  );
}
