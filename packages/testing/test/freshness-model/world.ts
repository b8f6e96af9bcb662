import { Callers } from './callers.js';
import { Cast, type CastOptions } from './cast.js';
import { miscounted } from './counted.js';
import { type Fault, KEYS, type Key, type Step, TAGS } from './steps.js';
import { unsettled } from './unsettled.js';
import { Writers } from './writers.js';

/** How long a program is given to come to rest, in ms: five loads of 90 s in a row, each behind a lease. */
const REST = 800_000;

export interface Ending {
  readonly violation: string | undefined;
  /** One line for each thing that happened. */
  readonly story: readonly string[];
}

/** Runs one program. */
export class World {
  readonly #cast: Cast;
  readonly #callers: Callers;
  readonly #writers: Writers;
  /** Ends the trouble that a fault of some node makes. */
  readonly #troubles = new Map<number, () => void>();

  constructor(options: CastOptions) {
    this.#cast = new Cast(options);
    this.#callers = new Callers(this.#cast);
    this.#writers = new Writers(this.#cast);
  }

  /** What was wrong first, if anything was, and all that happened. */
  async run(program: readonly Step[]): Promise<Ending> {
    const { ledger, clock } = this.#cast;
    for (const step of program) {
      ledger.tell(`# ${JSON.stringify(step)}`);
      await this.#take(step);
      await clock.advance(0);
      this.#writers.learn();
      if (ledger.violations.length > 0) break;
    }
    if (ledger.violations.length === 0) await this.#lookOnceMore();
    if (ledger.violations.length === 0) await this.#rest();
    return { violation: ledger.violations[0], story: ledger.story };
  }

  async #take(step: Step): Promise<void> {
    const { clock, sources, nodes } = this.#cast;
    const callers = this.#callers;
    const writers = this.#writers;
    const node = 'node' in step ? step.node % nodes.length : 0;
    switch (step.do) {
      case 'call':
        return callers.call(node, step.key, step.policy);
      case 'everybody':
        for (const i of nodes.keys()) callers.call((node + i) % nodes.length, step.key, step.policy);
        return;
      case 'refresh':
        return callers.refresh(node, step.key, step.policy);
      case 'get':
        return callers.get(node, step.key);
      case 'set':
        return writers.set(node, step.key, step.policy);
      case 'delete':
        return writers.delete(node, step.key);
      case 'deleteMany':
        return writers.deleteMany(node, step.key);
      case 'tag':
        return writers.tag(node, step.tag);
      case 'pattern':
        return writers.pattern(node, step.pattern);
      case 'clear':
        return writers.clear(node);
      case 'touch':
        return writers.touch(node, step.key, step.ttl);
      case 'markStale':
        return writers.markStale(node, step.key);
      case 'source':
        sources[step.key].mood = step.mood;
        return;
      case 'evict':
        return this.#evict(node, step.key);
      case 'lose':
        return this.#lose(step.tag);
      case 'forget':
        return this.#forget(node);
      case 'tier':
        return this.#fault(node, step.fault);
      case 'advance':
        return clock.advance(step.by);
      case 'expire':
        return this.#expire(step.key, step.end, step.past);
    }
  }

  #evict(node: number, key: Key): void {
    const { ledger, names, server } = this.#cast;
    const stored = `keepsake:${names[key]}`;
    ledger.doubt(key);
    if (server) server.evict(stored);
    else this.#cast.node(node).front.delete(stored);
  }

  /** Whoever knows the lost marker stores under it until he learns of the new one. */
  #lose(tag: string): void {
    const { ledger, server } = this.#cast;
    for (const key of KEYS) if (TAGS[key].includes(tag)) ledger.doubt(key, 'for good');
    server?.evict(`\0tag:keepsake:${tag}`);
  }

  #forget(node: number): void {
    const { ledger, server } = this.#cast;
    if (!server) for (const key of KEYS) ledger.doubt(key);
    this.#cast.node(node).front.clear();
  }

  #fault(node: number, fault: Fault): void {
    const { server, ledger } = this.#cast;
    if (!server) return;
    server.fault(fault === 'mute' ? 'mute' : undefined);
    this.#cast.node(node).suffer(fault);
    this.#troubles.get(node)?.();
    this.#troubles.delete(node);
    if (fault !== 'none') this.#troubles.set(node, ledger.troubled());
  }

  async #expire(key: Key, end: 'staleAt' | 'expiresAt', past: number): Promise<void> {
    const { ledger, clock } = this.#cast;
    const last = [...ledger.values.values()]
      .filter((value) => value.given.key === key && value.lives.length > 0)
      .at(-1);
    const by = (last?.lives.at(-1)?.[end] ?? 0) + past - clock.now();
    if (by > 0) await clock.advance(by);
  }

  /** Everything heals and everything slow comes to its end; then nobody may be waiting who need not. */
  async #rest(): Promise<void> {
    const { clock, nodes, sources } = this.#cast;
    for (const node of nodes.keys()) this.#fault(node, 'none');
    for (const key of KEYS) {
      const { mood } = sources[key];
      if (mood.takes !== 'for ever') sources[key].mood = { ...mood, takes: 0, outcome: 'value' };
    }
    await clock.advance(REST);
    this.#writers.learn();
    await this.#lookOnceMore();
    this.#judgeRest();
    await this.#close();
  }

  /** What is there by now, everywhere. */
  async #lookOnceMore(): Promise<void> {
    const { clock, nodes } = this.#cast;
    for (const node of nodes.keys()) {
      for (const key of KEYS) this.#callers.call(node, key, { ttl: 1000, hardTimeout: 2000 });
    }
    await clock.advance(5000);
  }

  #judgeRest(): void {
    const { ledger, clock, nodes } = this.#cast;
    const judge = (violation: string | undefined | false): void => {
      if (violation) ledger.violations.push(violation);
    };
    // First of all: whoever asks for statistics asks the tiers.
    const endless = ledger.loads.filter(({ ended }) => !ended).length;
    judge(clock.pending > endless && `${clock.pending} timers are left, ${endless} loads are running`);
    judge(unsettled(ledger));
    judge(this.#writers.pending > 0 && 'a write never settled');
    for (const [i, { cache }] of nodes.entries()) judge(miscounted(ledger, i, cache.stats()));
  }

  async #close(): Promise<void> {
    const { ledger, clock, nodes } = this.#cast;
    let open = nodes.length;
    for (const { cache } of nodes) void cache.close().finally(() => open--);
    await clock.advance(10_000);
    if (open > 0) ledger.violations.push('a cache never closed');
    if (clock.pending > 0) ledger.violations.push(`${clock.pending} timers are left after close`);
  }
}
