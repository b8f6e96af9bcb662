import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Arguments } from './arguments.js';
import { type Figures, tableOf } from './figures.js';

const PAGE = join(process.cwd(), 'docs/consistency.md');
const MARKED = /(<!-- figures -->\n)[\s\S]*(<!-- \/figures -->)/;

/** Puts the figures of a run into the page about it. */
export function writePage(table: readonly Figures[], given: Arguments): void {
  const { seed, seconds, processes, clients, keys } = given;
  const writers = Math.ceil(clients / 3);
  const said = [
    `${processes} processes with ${clients} reading clients each, all but the last with ${writers} writing ones; ${keys} keys;`,
    `${seconds} s per nemesis; seed ${seed}; Node ${process.versions.node}.`,
  ].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(
    PAGE,
    page.replace(MARKED, (_, open, close) => `${open}${said}\n\n${tableOf(table)}\n${close}`),
  );
}
