import type { Result } from './simulation.js';

/** A figure that is drawn for every rung. */
export interface Metric {
  readonly title: string;
  readonly scale: 'linear' | 'log';
  readonly of: (result: Result) => number;
  readonly show: (value: number) => string;
}

export const count = (n: number): string => n.toLocaleString('en');

/** A length of time of so many ms, to read. */
export function time(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${(ms / 60_000).toFixed(1)} min`;
}

export const METRICS: readonly Metric[] = [
  { title: 'database queries', scale: 'log', of: ({ queries }) => queries, show: count },
  { title: 'failed requests', scale: 'linear', of: ({ failedRequests }) => failedRequests, show: count },
  { title: 'p99 latency', scale: 'log', of: ({ p99 }) => p99, show: time },
  { title: 'greatest staleness', scale: 'linear', of: ({ staleness }) => staleness, show: time },
];

/** How long the bar of `value` is, from 0 to 1, where that of `greatest` is 1. */
export function barLength(value: number, greatest: number, scale: 'linear' | 'log'): number {
  if (greatest === 0) return 0;
  return scale === 'linear' ? value / greatest : Math.log1p(value) / Math.log1p(greatest);
}
