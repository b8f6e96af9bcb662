import { CacheConfigError } from '@keepsake/core';

/** Where in a config something is. */
export type ConfigPath = readonly PropertyKey[];

/** One thing that is wrong with a config. */
export interface Problem {
  readonly path: ConfigPath;
  /** What was found and what is allowed, without a secret. */
  readonly message: string;
}

/** The error that reports all problems of one config at once. */
export function configError(source: string, problems: readonly Problem[]): CacheConfigError {
  const lines = problems.map(({ path, message }) => `- ${written(path)}${message}`);
  const unique = [...new Set(lines)];
  const count = unique.length === 1 ? 'a problem' : `${unique.length} problems`;
  return new CacheConfigError(`${source} has ${count}:\n${unique.join('\n')}`);
}

/** A path as one writes it in code: `caches.default.tiers[0]`. */
export function pathText(path: ConfigPath): string {
  return path.reduce<string>((text, part) => text + segment(part, text === ''), '');
}

function written(path: ConfigPath): string {
  return path.length === 0 ? '' : `${pathText(path)}: `;
}

function segment(part: PropertyKey, first: boolean): string {
  if (typeof part === 'number') return `[${part}]`;
  const name = String(part);
  if (!/^[\w$-]+$/.test(name)) return `[${JSON.stringify(name)}]`;
  return first ? name : `.${name}`;
}
