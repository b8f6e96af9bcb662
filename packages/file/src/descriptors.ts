import { Semaphore } from './semaphore.js';

/**
 * Every asynchronous file operation of this process takes a place here, whichever directory it works in: descriptors
 * are limited per process. Four threads do the work, so that more places would not make it faster.
 */
export const descriptors = new Semaphore(16);
