// The figures that are kept: one JSON file per bench, with the machine and the versions they were measured on.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/** The results kept under `name`, if there are any. */
export function recorded(name) {
  const place = placeOf(name);
  return existsSync(place) ? JSON.parse(readFileSync(place, 'utf8')) : undefined;
}

/** Keeps `results` under `name` in place of what was there. */
export function record(name, results, effort) {
  const kept = { machine: machine(), effort, packages: versions(), results };
  writeFileSync(placeOf(name), `${JSON.stringify(kept, rounded, 2)}\n`);
  return kept;
}

function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    date: new Date().toISOString().slice(0, 10),
  };
}

function placeOf(name) {
  return new URL(`results/${name}.json`, import.meta.url);
}

/** Those of bench/package.json, which are exact. */
function versions() {
  return JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')).devDependencies;
}

/** Three decimals say more than was measured. */
function rounded(_, value) {
  return typeof value === 'number' ? Number(value.toFixed(3)) : value;
}
