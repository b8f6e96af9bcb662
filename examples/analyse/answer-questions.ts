// The other end of `compilerThread`.
import { parentPort } from 'node:worker_threads';
import { analyseSource } from './analyse-source.js';
import type { Question } from './compiler-thread.js';

parentPort?.on('message', ({ text, kind }: Question) => parentPort?.postMessage(analyseSource(text, kind)));
