import type { Protection } from './protections.js';
import type { Record } from './recorder.js';

/** What a process is told when it starts. */
export interface Assignment {
  readonly process: number;
  readonly seed: number;
  /** Of the shared clock, in ns. */
  readonly origin: string;
  readonly cachePort: number;
  readonly truthPort: number;
  readonly readers: number;
  readonly writers: number;
  /** The processes from 0 on that write. */
  readonly writingProcesses: number;
  readonly keys: number;
  readonly without?: Protection;
}

/** What a process can be asked to do, and what it answers. */
export interface Orders {
  /** The shared clock. */
  time(): number;
  /** Starts the clients. */
  run(): void;
  /** Ends the clients. */
  stop(): Promise<void>;
  /** What is owed to the shared tier. */
  owed(): number;
  /** Reads every key; these reads are told in the answer and not recorded. */
  readAll(): Promise<Record['reads']>;
  record(): Record;
  /** As many callers of one key at a time; a load is counted when it begins and takes `loadTime` ms. */
  call(key: string, callers: number, loadTime: number): Promise<readonly number[]>;
  /** Closes the cache; the process then ends by itself. */
  close(): Promise<void>;
}

export interface Order {
  readonly id: number;
  readonly name: keyof Orders;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
