import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Job } from './job.js';

const run = promisify(execFile);

/** Runs this program again, with the same options, in a new process that knows only what is on disk. */
export async function jobOfOtherProcess(): Promise<Job> {
  const [, program = '', ...args] = process.argv;
  const { stdout } = await run(process.execPath, [...process.execArgv, program, ...args, '--json'], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return (JSON.parse(stdout) as { job: Job }).job;
}
