import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { CacheConfigError } from '@keepsake/core';

/**
 * What a config file says: a JSON file is read; another one is run, and its default export counts.
 *
 * Synchronous, so that the first call of a cached function can do it. Node ≥ 20.19 loads ES modules this way too.
 *
 * @throws CacheConfigError if it cannot be loaded
 */
export function loadConfig(path: string): unknown {
  return extname(path) === '.json' ? parsed(path, contents(path)) : exported(path);
}

function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new CacheConfigError(`${path} cannot be read: ${(cause as NodeJS.ErrnoException).code}.`, {
      cause,
    });
  }
}

function parsed(path: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    // Neither the parser's message nor the error as a cause: they quote the text, which may hold a password.
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const line = position === undefined ? '' : `, line ${json.slice(0, Number(position)).split('\n').length}`;
    throw new CacheConfigError(`${path}${line}: this is not JSON. A trailing comma? A comment?`);
  }
}

function exported(path: string): unknown {
  const config = defaultOf(defaultOf(run(path)));
  if (typeof (config as PromiseLike<unknown> | null)?.then !== 'function') return config;
  throw new CacheConfigError(
    `${path} exports a promise. Allowed: an object. Await it where your application starts, and call \`configure(config)\`.`,
  );
}

function run(path: string): unknown {
  try {
    return createRequire(path)(path);
  } catch (cause) {
    throw new CacheConfigError(`${path} cannot be loaded: ${adviceFor(path, cause)}`, { cause });
  }
}

/** The default export; of a CommonJS module that was compiled from an ES module, its `exports.default`. */
function defaultOf(module: unknown): unknown {
  const isModule = typeof module === 'object' && module !== null && 'default' in module;
  return isModule ? module.default : module;
}

function adviceFor(path: string, cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ERR_REQUIRE_ASYNC_MODULE') {
    return 'it awaits at its top level. Import it and call `configure(config)` with what it exports.';
  }
  if (extname(path) === '.ts' && !stripsTypes() && isSyntaxError(cause)) {
    return (
      `this runtime (Node ${process.versions.node}) does not load TypeScript. Run with \`node --import tsx\`, use Node 22.18 or later, ` +
      'rename it to keepsake.config.mjs or .json, or import it where your code is compiled and call `configure(config)`.'
    );
  }
  return `${cause instanceof Error ? cause.message : String(cause)}`;
}

/** Whether Node itself loads TypeScript; its types here are of a Node that never does. */
function stripsTypes(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}

function isSyntaxError(error: unknown): boolean {
  return (error as Error | undefined)?.name === 'SyntaxError';
}
