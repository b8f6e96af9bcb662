// The main job: analyses the TypeScript files of the installed packages, and finds every result again the next time.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { findSources } from './find-sources.js';
import { clearResults, runJob } from './job.js';
import { type Options, optionsOf, USAGE, UsageError } from './options.js';
import { jobOfOtherProcess } from './other-process.js';
import { progress } from './progress.js';
import { report } from './report.js';

/** Where the packages are that this program itself uses. */
const INSTALLED = dirname(dirname(createRequire(import.meta.url).resolve('typescript/package.json')));

async function main(options: Options): Promise<void> {
  const { root, limit, cacheDirectory: directory, json } = options;
  if (options.help) return print(USAGE);
  if (options.clear) {
    await clearResults(directory);
    return print(`Forgot all results in ${directory}.\n`);
  }
  const start = performance.now();
  const sources = findSources(root, limit);
  const findMs = performance.now() - start;
  if (sources.files.length === 0) throw new UsageError(`--root: there are no TypeScript files in ${root}.`);

  const shown = json ? () => undefined : progress(process.stderr, 'Analysing', sources.files.length);
  const job = await runJob(sources, directory, shown);
  if (json) return print(`${JSON.stringify({ job, root, directory, findMs })}\n`);
  const other = job.first.loads === 0 ? undefined : await jobOfOtherProcess();
  print(`\n${report({ job, other, root, directory, findMs })}`);
}

function print(text: string): void {
  process.stdout.write(text);
}

try {
  await main(optionsOf(process.argv.slice(2), INSTALLED));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
