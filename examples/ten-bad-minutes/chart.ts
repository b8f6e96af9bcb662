import { barLength, METRICS, type Metric } from './metrics.js';
import { headline } from './report.js';
import type { Scenario, Span } from './scenario.js';
import type { Result } from './simulation.js';

const MARGIN = 28;
const NAMES = 400;
const COLUMN = 168;
/** Room for the figure behind the longest bar. */
const FIGURE = 62;
const MINUTES = 200;
const TOP = 118;
const ROW = 46;
const BAR = 16;
const WIDTH = MARGIN * 2 + NAMES + METRICS.length * COLUMN + MINUTES;

const INK = '#1f2933';
const QUIET = '#66727f';
const RULE = '#e4e8ec';
const BARS = ['#3b6ea8', '#c2504a', '#b5812c', '#6c5a9c'];
const BY_MINUTE = '#3b6ea8';
const SLOW = '#fbf0d9';
const DOWN = '#f9e0de';

/** The rungs as an SVG: a row for each, a column of bars for each figure, and the queries minute by minute. */
export function chart(results: readonly Result[], scenario: Scenario): string {
  const height = TOP + results.length * ROW + MARGIN + 14;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif" role="img" aria-label="Ten bad minutes, rung by rung">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN, 40, 'Ten bad minutes', { size: 22, weight: 600 }),
    text(MARGIN, 64, headline(results, scenario), { size: 13, fill: QUIET }),
    ...results.flatMap((result, row) => nameOf(result, row)),
    ...METRICS.flatMap((metric, column) => columnOf(metric, column, results)),
    ...minutesOf(results, scenario),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

function nameOf({ name, adds }: Result, row: number): readonly string[] {
  const y = TOP + row * ROW;
  return [
    `<line x1="${MARGIN}" y1="${y}" x2="${WIDTH - MARGIN}" y2="${y}" stroke="${RULE}"/>`,
    text(MARGIN, y + 20, name, { size: 14, weight: 600 }),
    text(MARGIN, y + 36, adds, { size: 11, fill: QUIET }),
  ];
}

function columnOf(
  { title, scale, of, show }: Metric,
  column: number,
  results: readonly Result[],
): readonly string[] {
  const x = MARGIN + NAMES + column * COLUMN;
  const greatest = Math.max(...results.map(of));
  const bars = results.flatMap((result, row) => {
    const y = TOP + row * ROW + (ROW - BAR) / 2;
    const length = barLength(of(result), greatest, scale) * (COLUMN - FIGURE);
    return [
      rect(x, y, length, BAR, BARS[column % BARS.length] as string),
      text(x + length + (length > 0 ? 6 : 0), y + 12, show(of(result)), { size: 12 }),
    ];
  });
  return [...titleOf(x, title, `${scale} scale`), ...bars];
}

/** Queries per minute on a log scale, with the bad times of the database behind them. */
function minutesOf(results: readonly Result[], { slow, down, seconds }: Scenario): readonly string[] {
  const x = MARGIN + NAMES + METRICS.length * COLUMN;
  const bottom = TOP + results.length * ROW;
  const greatest = Math.max(...results.flatMap(({ queriesByMinute }) => queriesByMinute));
  const at = (second: number): number => x + (second / seconds) * MINUTES;
  const shade = ({ from, to }: Span, fill: string, label: string): readonly string[] => [
    rect(at(from), TOP, at(to) - at(from), bottom - TOP, fill),
    text((at(from) + at(to)) / 2, bottom + 16, label, { size: 11, fill: QUIET, anchor: 'middle' }),
  ];
  const bars = results.flatMap(({ queriesByMinute }, row) =>
    queriesByMinute.map((queries, minute) => {
      const length = barLength(queries, greatest, 'log') * (ROW - 12);
      return rect(
        at(minute * 60) + 2,
        TOP + (row + 1) * ROW - length - 2,
        MINUTES / 10 - 4,
        length,
        BY_MINUTE,
      );
    }),
  );
  return [
    ...titleOf(x, 'queries, minute by minute', 'log scale'),
    ...shade(slow, SLOW, 'slow'),
    ...shade(down, DOWN, 'down'),
    ...bars,
  ];
}

function titleOf(x: number, title: string, note: string): readonly string[] {
  return [
    text(x, TOP - 24, title, { size: 13, weight: 600 }),
    text(x, TOP - 9, note, { size: 11, fill: QUIET }),
  ];
}

function rect(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="${fill}"/>`;
}

interface TextStyle {
  readonly size: number;
  readonly weight?: number;
  readonly fill?: string;
  readonly anchor?: 'middle';
}

function text(
  x: number,
  y: number,
  content: string,
  { size, weight = 400, fill = INK, anchor }: TextStyle,
): string {
  const anchored = anchor ? ` text-anchor="${anchor}"` : '';
  return `<text x="${short(x)}" y="${short(y)}" font-size="${size}" font-weight="${weight}" fill="${fill}"${anchored}>${escaped(content)}</text>`;
}

const short = (n: number): string => String(Math.round(n * 10) / 10);
const escaped = (content: string): string => content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
