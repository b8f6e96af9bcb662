import fc from 'fast-check';
import { type CallPolicy, callPolicies, setPolicies } from './call-policy.js';
import type { Mood } from './source.js';
import { type Fault, KEYS, type Key, PATTERNS, type Step } from './steps.js';

const node = fc.nat(1);
const key = fc.constantFrom<Key>('a', 'a', 'a', 'b', 'c');
const tag = fc.constantFrom('x', 'y');

const mood: fc.Arbitrary<Mood> = fc.record({
  takes: fc.constantFrom<Mood['takes']>(0, 0, 20, 1200, 7000, 45_000, 70_000, 'for ever'),
  outcome: fc.constantFrom<Mood['outcome']>('value', 'value', 'failure', 'answer'),
  obeys: fc.boolean(),
});

/** Around every limit there is. */
const lengths = fc.constantFrom(0, 1, 10, 100, 900, 1000, 5000, 20_000, 59_000, 61_000, 130_000);
const end = fc.constantFrom('staleAt', 'expiresAt');
const past = fc.constantFrom(-30, -1, 0, 1, 500);
const fault = fc.constantFrom<Fault>('none', 'none', 'down', 'mute', 'hanging', 'slow');

/** How often each kind of step is taken, and what it says. */
const KINDS: Readonly<
  Record<Step['do'], readonly [number, Readonly<Record<string, fc.Arbitrary<unknown>>>]>
> = {
  call: [14, { node, key, policy: callPolicies }],
  everybody: [5, { node, key, policy: callPolicies }],
  get: [2, { node, key }],
  refresh: [2, { node, key, policy: callPolicies }],
  source: [6, { key, mood }],
  advance: [7, { by: lengths }],
  expire: [4, { key, end, past }],
  set: [2, { node, key, policy: setPolicies }],
  delete: [2, { node, key }],
  deleteMany: [1, { node, key }],
  tag: [1, { node, tag }],
  clear: [1, { node }],
  pattern: [1, { node, pattern: fc.constantFrom(...PATTERNS) }],
  markStale: [2, { node, key }],
  touch: [1, { node, key, ttl: fc.constantFrom(1000, 30_000) }],
  evict: [1, { node, key }],
  forget: [1, { node }],
  tier: [4, { node, fault }],
  lose: [1, { tag }],
};

const NAMES = Object.keys(KINDS) as readonly Step['do'][];
const OPTIONS = [
  'staleWhileRevalidate',
  'staleIfError',
  'retryAfter',
  'softTimeout',
  'hardTimeout',
  'earlyRefresh',
  'rememberErrors',
  'abortAfter',
] as const satisfies readonly (keyof CallPolicy)[];

const steps = fc.oneof(
  ...NAMES.map((name) => {
    const [weight, says] = KINDS[name];
    return {
      weight,
      arbitrary: fc.record({ do: fc.constant(name), ...says }) as unknown as fc.Arbitrary<Step>,
    };
  }),
);

/**
 * Programs, each of some kinds of steps, some keys and some options only: what has to meet does so more often.
 *
 * Groce, Zhang, Eide, Chen, Regehr, Swarm Testing, ISSTA 2012.
 */
export const programs: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.array(steps, { minLength: 1, maxLength: 60, size: 'max' }),
    fc.subarray([...NAMES]),
    fc.subarray([...KEYS]),
    fc.subarray([...OPTIONS]),
  )
  .map(([all, kinds, keys, options]) =>
    all
      .filter((step) => step.do === 'call' || kinds.includes(step.do))
      .filter((step) => !('key' in step) || step.key === 'a' || keys.includes(step.key))
      .map((step) => onlyWith(step, options)),
  );

function onlyWith(step: Step, options: readonly (keyof CallPolicy)[]): Step {
  if (!('policy' in step)) return step;
  const said = Object.entries(step.policy).filter(
    ([name]) => name === 'ttl' || options.some((one) => one === name),
  );
  return { ...step, policy: Object.fromEntries(said) as unknown as CallPolicy };
}
