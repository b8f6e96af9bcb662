import type { LoaderContext } from '../flights/loader-context.js';
import { isAbortSignal } from '../keys/abort-signal.js';

type Signalled = Pick<LoaderContext<unknown>, 'signal'>;

/** The caller's own signal: an argument, or a property of one that is an object literal (`{ signal }`). */
export function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (typeof arg !== 'object' || arg === null) continue;
    if (isAbortSignal(arg)) return arg;
    const signal = isLiteral(arg) ? Object.values(arg).find(isAbortSignal) : undefined;
    if (signal) return signal;
  }
  return undefined;
}

/** The arguments for the loader: it works for all who wait, so the signal of one caller gives way to the flight's. */
export function withSignal(args: readonly unknown[], context: Signalled): readonly unknown[] {
  return signalOf(args) ? args.map((arg) => replaced(arg, context)) : args;
}

function replaced(arg: unknown, context: Signalled): unknown {
  if (isAbortSignal(arg)) return context.signal;
  if (!isLiteral(arg)) return arg;
  const names = Object.keys(arg).filter((name) => isAbortSignal(arg[name]));
  if (names.length === 0) return arg;
  return { ...arg, ...Object.fromEntries(names.map((name) => [name, context.signal])) };
}

function isLiteral(arg: unknown): arg is Readonly<Record<string, unknown>> {
  if (typeof arg !== 'object' || arg === null) return false;
  const prototype: unknown = Object.getPrototypeOf(arg);
  return prototype === Object.prototype || prototype === null;
}
