import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type Backend, type Clock, encoded, jsonCodec } from '@keepsake/core';

/** Keeps all entries of a small cache in one JSON file, written whole after each change. For one process at a time. */
export function jsonFile(path: string, clock?: Clock): Backend {
  const entries = new Map<string, string | number[]>(
    existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [],
  );
  const save = (): void => {
    writeFileSync(`${path}.new`, JSON.stringify([...entries]));
    renameSync(`${path}.new`, path); // in one step: a crash leaves the old file or the new one
  };
  const keys = (prefix = ''): string[] => [...entries.keys()].filter((key) => key.startsWith(prefix));
  const store = {
    name: 'json-file',
    keys,
    read(key: string) {
      const data = entries.get(key);
      return typeof data === 'object' ? Uint8Array.from(data) : data;
    },
    write(key: string, data: string | Uint8Array) {
      entries.set(key, typeof data === 'string' ? data : [...data]);
      save();
    },
    remove(key: string) {
      const removed = entries.delete(key);
      if (removed) save();
      return removed;
    },
    clear(prefix?: string) {
      for (const key of keys(prefix)) entries.delete(key);
      save();
    },
  };
  return encoded(store, jsonCodec(), clock ? { clock } : {});
}
