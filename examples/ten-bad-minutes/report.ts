import { barLength, count, METRICS, type Metric, time } from './metrics.js';
import type { Scenario } from './scenario.js';
import type { Result } from './simulation.js';

/** The whole report, as text. */
export function report(results: readonly Result[], scenario: Scenario): string {
  const parts = [
    introduction(results, scenario),
    table(rowsOf(results)),
    legend(results),
    ...METRICS.map((metric) => bars(metric, results)),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What happens, in one line. */
export function headline(results: readonly Result[], scenario: Scenario): string {
  const { products, nodes, peak, slow, down, seconds } = scenario;
  return (
    `${count(results[0]?.requests ?? 0)} requests in ${minute(seconds)} min for ${count(products)} products, up to ${peak} at once ` +
    `every second on each of ${nodes} nodes; the database is slow from ${minute(slow.from)}:00 to ${minute(slow.to)}:00 ` +
    `and down from ${minute(down.from)}:00 to ${minute(down.to)}:00.`
  );
}

const minute = (second: number): number => second / 60;

function introduction(results: readonly Result[], scenario: Scenario): string {
  return [
    headline(results, scenario),
    `Every rung gets the same requests and the same updates, on a virtual clock, after the same ${scenario.warmUp / 3600} hours of warm-up, which are not counted.`,
    'All figures are measured. Latency is that of all requests, those that failed too.',
  ].join('\n');
}

/** What each rung adds, and what the last column means. */
function legend(results: readonly Result[]): string {
  const width = Math.max(...results.map(({ name }) => name.length));
  return [
    ...results.map(({ name, adds }) => `${name.padEnd(width)}   ${adds}`),
    '',
    'A product is changed through one node every now and then, which deletes it: staleness is for how long an answer had not been',
    'true any more. Without a bus the other nodes serve the old one until its ttl is over; with one, for as long as its messages take.',
  ].join('\n');
}

type Row = readonly string[];

function rowsOf(results: readonly Result[]): readonly Row[] {
  const without = results[0]?.queries ?? 0;
  const head = ['', 'queries', 'of them failed', 'fewer', 'failed requests', 'p50', 'p99', 'staleness'];
  const row = (result: Result): Row => [
    result.name,
    count(result.queries),
    count(result.failedQueries),
    `${count(Math.round(without / result.queries))} ×`,
    count(result.failedRequests),
    time(result.p50),
    time(result.p99),
    time(result.staleness),
  ];
  return [head, ...results.map(row)];
}

function table(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)));
  const drawn = rows.map((cells) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('   '),
  );
  return [drawn[0], '─'.repeat(drawn[0]?.length ?? 0), ...drawn.slice(1)].join('\n');
}

const LONGEST_BAR = 48;

function bars({ title, scale, of, show }: Metric, results: readonly Result[]): string {
  const greatest = Math.max(...results.map(of));
  const nameWidth = Math.max(...results.map(({ name }) => name.length));
  const lines = results.map((result) => {
    const value = of(result);
    return `  ${result.name.padEnd(nameWidth)}  ${bar(barLength(value, greatest, scale))} ${show(value)}`;
  });
  return [`${title}${scale === 'log' ? ' (log scale)' : ''}`, ...lines].join('\n');
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** @param length - from 0 to 1; what is not nothing can be seen */
function bar(length: number): string {
  const eighths = length === 0 ? 0 : Math.max(1, Math.round(length * LONGEST_BAR * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}
