import type { Clock } from '@keepsake/core';
import { longestWindow, type SetPolicy } from './call-policy.js';
import { wrongError } from './given-errors.js';
import { wrongValue } from './given-values.js';
import { wrongLoad } from './loads-at-once.js';
import { type Call, type Given, type Load, type Moment, overlap, type Value, type Write } from './records.js';

/** What is known about a run beside what happens in it. */
export interface Circumstances {
  readonly clock: Clock;
  readonly nodes: number;
  /** Whether a ttl is as long as its caller said: there is no jitter. */
  readonly exact: boolean;
}

/** How long after a trouble leases, debts and provisional markers of it may be left, in ms. */
const AFTERMATH = 10_000;

/** All that happened in one run, as its callers and sources saw it. Each thing is judged as it happens. */
export class Ledger {
  /** One line for each thing that happened. */
  readonly story: string[] = [];
  readonly violations: string[] = [];
  readonly calls: Call[] = [];
  readonly loads: Load[] = [];
  readonly values = new Map<number, Value>();
  readonly writes: Write[] = [];
  /** What other nodes told a node about a key. */
  readonly news: { readonly node: number; readonly key: string; readonly at: Moment }[] = [];
  readonly circumstances: Circumstances;
  readonly #troubles: { readonly began: Moment; ended?: Moment }[] = [];
  /** Per node: key → what was given before this is not to be served any more. */
  readonly #floors: Map<string, number>[];
  /** Key → a value that its node has stored without any doubt. */
  readonly #kept = new Map<string, Value>();
  readonly #doubtful = new Set<string>();
  #nth = 0;
  #ids = 0;

  constructor(circumstances: Circumstances) {
    this.circumstances = circumstances;
    this.#floors = Array.from({ length: circumstances.nodes }, () => new Map<string, number>());
  }

  now(): Moment {
    return { at: this.circumstances.clock.now(), nth: ++this.#nth };
  }

  // --- callers

  called(given: Pick<Call, 'kind' | 'node' | 'key' | 'policy' | 'signal'>): Call {
    const { kind, node, key, policy } = given;
    const floor = this.#floors[node]?.get(key) ?? 0;
    const call: Call = { ...given, id: this.calls.length + 1, floor, began: this.now() };
    this.calls.push(call);
    if (kind === 'refresh') this.doubt(key);
    this.tell(`${named(call)} of ${key} on ${node} ${JSON.stringify(policy)}`);
    return call;
  }

  answered(call: Call, given: unknown): void {
    call.ended = this.now();
    call.outcome = given === undefined ? 'nothing' : 'served';
    this.tell(`${named(call)} got ${given === undefined ? 'nothing' : JSON.stringify(given)}`);
    this.#judged(wrongValue(this, call, given as Given | undefined, call.ended));
  }

  rejected(call: Call, error: unknown): void {
    call.ended = this.now();
    this.tell(`${named(call)} got ${String(error)}`);
    const { outcome, violation } = wrongError(this, call, error, call.ended);
    call.outcome = outcome;
    this.#judged(violation);
  }

  // --- sources

  loadBegan(call: Call, version: number, signal: AbortSignal, endless: boolean): Load {
    const { key } = call;
    const given = { id: ++this.#ids, key, version };
    const load: Load = { call, given, began: this.now(), signal, endless };
    this.tell(`load ${given.id} of ${key} began for ${named(call)}`);
    this.#judged(wrongLoad(this, load));
    this.loads.push(load);
    return load;
  }

  loaded(load: Load): Given {
    const { given, call, began } = load;
    load.ended = this.now();
    load.outcome = 'loaded';
    const staleAt = load.ended.at + call.policy.ttl;
    const life = { from: began.nth, staleAt, expiresAt: staleAt + longestWindow(call.policy) };
    const value: Value = { given, load, since: began.nth, lives: [life], touching: 0 };
    for (const mark of this.writes) if (voids(mark, load)) end(value, mark.acknowledged as Moment);
    this.values.set(given.id, value);
    this.doubt(given.key);
    if (this.#isKept(load)) this.#kept.set(given.key, value);
    this.tell(`load ${given.id} gave version ${given.version}`);
    return given;
  }

  loadFailed(load: Load, outcome: 'failed' | 'answered', error: unknown): void {
    load.ended = this.now();
    load.outcome = outcome;
    load.error = error;
    if (isAnswered(load)) this.doubt(load.call.key);
    this.tell(`load ${load.given.id} ${outcome}`);
  }

  // --- writers

  /** A set is about to store `version`. */
  offered(key: string, version: number): Value {
    const given = { id: ++this.#ids, key, version };
    const value: Value = { given, load: undefined, since: Infinity, lives: [], touching: 0 };
    this.values.set(given.id, value);
    return value;
  }

  /** The set that stores `value` was acknowledged: its life began before. */
  stored(value: Value, policy: SetPolicy): void {
    const { at, nth } = this.now();
    value.since = nth;
    const staleAt = at + policy.ttl;
    value.lives.push({ from: 0, staleAt, expiresAt: staleAt + longestWindow(policy) });
  }

  written(kind: Write['kind'], node: number, keys: readonly string[]): Write {
    const touched =
      kind === 'touch' ? [...this.values.values()].filter(({ given }) => keys.includes(given.key)) : [];
    const write: Write = { kind, node, keys, touched, called: this.now() };
    this.writes.push(write);
    for (const key of keys) this.doubt(key);
    for (const value of touched) value.touching++;
    return write;
  }

  /** `write` was acknowledged. */
  acknowledged(write: Write): void {
    write.acknowledged = this.now();
    this.heard(write, write.node);
  }

  /** From now on callers of `node` are not to see what `invalidation` ended. */
  heard(invalidation: Write, node: number): void {
    if (invalidation.kind !== 'invalidation') return;
    const floors = this.#floors[node];
    for (const key of invalidation.keys) {
      floors?.set(key, Math.max(floors.get(key) ?? 0, invalidation.called.nth));
    }
  }

  /** What was there is fresh for `ttl` from now, if something was `found`. */
  touched(touch: Write, ttl: number, found: boolean): void {
    const { at, nth } = this.now();
    const exact = this.circumstances.exact && this.isCalmSince(touch.called);
    for (const value of touch.touched) value.touching--;
    if (exact && !found) return;
    for (const value of this.values.values()) {
      const last = value.lives.at(-1);
      if (!last || !touch.keys.includes(value.given.key)) continue;
      const staleAt = exact ? at + ttl : Math.max(at + ttl, last.staleAt);
      value.lives.push({ from: nth, staleAt, expiresAt: staleAt + last.expiresAt - last.staleAt });
    }
  }

  /** What was there is stale from now on, and what is being loaded is not stored. */
  marked(mark: Write): void {
    const acknowledged = this.now();
    mark.acknowledged = acknowledged;
    mark.marked = true;
    for (const value of this.values.values()) {
      const last = value.lives.at(-1);
      const storedBy = value.load?.ended?.nth ?? value.since;
      if (!last || !mark.keys.includes(value.given.key) || storedBy > mark.called.nth) continue;
      const staleAt = Math.min(last.staleAt, acknowledged.at);
      value.lives.push({ ...last, from: acknowledged.nth, staleAt });
    }
  }

  // --- circumstances

  /** Something is wrong with a tier, until that is called. */
  troubled(): () => void {
    const trouble: { began: Moment; ended?: Moment } = { began: this.now() };
    this.#troubles.push(trouble);
    return () => {
      trouble.ended = this.now();
    };
  }

  /** Whether every tier did what it was told, at once, since `moment`, and had done for a while. */
  isCalmSince({ at }: Moment): boolean {
    return this.#troubles.every(({ ended }) => ended !== undefined && ended.at + AFTERMATH <= at);
  }

  /** The value of `key` that is stored for sure, fresh or stale. */
  kept(key: string): Value | undefined {
    return this.#kept.get(key);
  }

  /** Nobody knows any more whether a value of `key` is stored; or will know, `forGood`. */
  doubt(key: string, forGood?: 'for good'): void {
    this.#kept.delete(key);
    if (forGood) this.#doubtful.add(key);
  }

  tell(line: string): void {
    this.story.push(`${this.circumstances.clock.now() % 1e9} ${line}`);
  }

  #judged(violation: string | undefined): void {
    if (violation !== undefined) this.violations.push(violation);
  }

  /** Whether nothing came between the call of `load` and its end. */
  #isKept(load: Load): boolean {
    const span = { began: load.call.began, ended: load.ended };
    const { key } = load.call;
    const disturbed =
      this.#doubtful.has(key) ||
      this.loads.some((other) => other !== load && other.call.key === key && overlap(other, span)) ||
      this.writes.some((write) => write.keys.includes(key) && overlap(asSpan(write), span)) ||
      this.news.some((news) => news.key === key && news.at.nth > span.began.nth) ||
      this.calls.some(
        (call) => call.kind === 'refresh' && call !== load.call && call.key === key && overlap(call, span),
      );
    // Who was told to stop may have stopped half-way.
    if (load.signal.aborted) return false;
    return this.circumstances.exact && !disturbed && this.isCalmSince(span.began);
  }
}

export function named({ kind, id }: Call): string {
  return `${kind} ${id}`;
}

/** Whether it failed with an answer of the source that is remembered, in place of any value. */
export function isAnswered({ outcome, call }: Load): boolean {
  return outcome === 'answered' && call.policy.rememberErrors !== undefined;
}

export function asSpan({ called, acknowledged }: Write): {
  readonly began: Moment;
  readonly ended: Moment | undefined;
} {
  return { began: called, ended: acknowledged };
}

/** Whether what `load` gives is not stored, because the key was marked stale from beginning to end meanwhile. */
function voids({ marked, acknowledged, called, keys }: Write, { began, ended, call }: Load): boolean {
  if (!marked || !acknowledged || !keys.includes(call.key)) return false;
  return began.nth < called.nth && (ended?.nth ?? Infinity) > acknowledged.nth;
}

/** For calls from `moment` on, `value` is gone. */
function end(value: Value, { at, nth }: Moment): void {
  value.lives.push({ from: nth, staleAt: at, expiresAt: at });
}
