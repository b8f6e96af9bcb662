import type { Backend, Clock, Entry, Overrides, Pinned } from '@keepsake/core';
import type { FullBackend } from './map-backend.js';

/** Breaks one promise of a sound backend. */
export type Fault = (sound: FullBackend, clock: Clock) => Overrides;

const FOREVER = Number.POSITIVE_INFINITY;
const list = (sound: FullBackend, prefix?: string): string[] => [...sound.keys(prefix)];
const leasedOnly = (sound: FullBackend, prefix?: string): string[] =>
  [...sound.occupied(prefix)].filter((key) => !sound.get(key));
/** Answers after something was done. */
const then = <T>(_done: unknown, answer: T): T => answer;

/** Maps every key of the methods that take one. */
const rekeyed =
  (map: (key: string) => string): Fault =>
  (sound) => ({
    get: (key) => sound.get(map(key)),
    set: (key, entry) => sound.set(map(key), entry),
    delete: (key) => sound.delete(map(key)),
  });

/** Changes every entry on its way in. */
const stored =
  (change: (entry: Entry) => Entry): Fault =>
  (sound) => ({ set: (key, entry) => sound.set(key, change(entry)) });

/** Clears by some other rule than the literal prefix. */
const clearing =
  (matches: (key: string, prefix: string) => boolean): Fault =>
  (sound) => ({
    clear(prefix = '') {
      for (const key of [...list(sound), ...list(sound, '\0')]) if (matches(key, prefix)) sound.delete(key);
    },
  });

export const MUTANTS: readonly [name: string, caughtBy: string, fault: Fault][] = [
  [
    'ttl ignored',
    'serves an entry until it expires, and then no more',
    stored((e) => ({ ...e, expiresAt: FOREVER })),
  ],
  [
    'ttl ignored by replacement',
    'gives a replaced entry its new life',
    (sound) => ({
      set: (key, entry) =>
        sound.set(key, { ...entry, expiresAt: sound.get(key)?.expiresAt ?? entry.expiresAt }),
    }),
  ],
  [
    'expires a millisecond early',
    'serves an entry until it expires, and then no more',
    stored((e) => ({ ...e, expiresAt: e.expiresAt - 1 })),
  ],
  [
    'expires when it is stale',
    'serves a stale entry, which has not expired',
    stored((e) => ({ ...e, expiresAt: e.staleAt })),
  ],
  [
    'ttl overflows 32 bits',
    'keeps what is to live longer than a timer can run',
    stored((e) => ({ ...e, expiresAt: e.expiresAt - e.createdAt > 2 ** 31 ? e.createdAt + 1 : e.expiresAt })),
  ],
  [
    'Infinity becomes null, as in JSON',
    'keeps for ever what never expires',
    stored((e) => JSON.parse(JSON.stringify(e)) as Entry),
  ],
  ['staleAt lost', 'keeps the three instants apart', stored((e) => ({ ...e, staleAt: e.expiresAt }))],
  ['createdAt lost', 'keeps the three instants apart', stored((e) => ({ ...e, createdAt: e.staleAt }))],
  ['tags dropped', 'keeps tags with their nonces', stored(({ tags: _, ...e }) => e)],
  [
    'tags merged with those of before',
    'puts no tags where there were none',
    (sound) => ({ set: (key, entry) => sound.set(key, { ...sound.get(key), ...entry }) }),
  ],
  [
    'a load time for every entry',
    'puts no load time where there was none',
    stored((e) => ({ loadTime: 0, ...e })),
  ],
  [
    'set keeps the first',
    'replaces the whole entry',
    (sound) => ({ set: (key, entry) => (sound.get(key) ? undefined : sound.set(key, entry)) }),
  ],
  [
    'the entry that was given is changed',
    'leaves the entry it was given as it was',
    (sound) => ({ set: (key, entry) => sound.set(key, Object.assign(entry, { key })) }),
  ],
  [
    'delete always says true',
    'says that nothing was there',
    (s) => ({ delete: (key) => then(s.delete(key), true) }),
  ],
  [
    'delete always says false',
    'removes what it deletes and says so',
    (s) => ({ delete: (key) => then(s.delete(key), false) }),
  ],
  [
    'delete removes nothing',
    'removes what it deletes and says so',
    (s) => ({ delete: (key) => s.get(key) !== undefined }),
  ],
  [
    'delete counts the expired',
    'says that nothing was there where the entry had expired',
    (sound) => {
      const ever = new Set<string>();
      return {
        set: (key, entry) => then(ever.add(key), sound.set(key, entry)),
        delete: (key) => then(sound.delete(key), ever.delete(key)),
      };
    },
  ],
  [
    'delete takes a pattern',
    'takes a key literally, whatever it looks like',
    (sound) => ({
      delete: (key) =>
        key.endsWith('*')
          ? list(sound).filter((k) => k.startsWith(key.slice(0, -1)) && sound.delete(k)).length > 0
          : sound.delete(key),
    }),
  ],
  ['case-folded keys', 'keeps apart keys that differ in case', rekeyed((key) => key.toLowerCase())],
  [
    'truncated keys',
    'keeps apart keys of 300 characters that differ in the last',
    rekeyed((key) => key.slice(0, 250)),
  ],
  ['trimmed keys', 'keeps apart the empty key', rekeyed((key) => key.trim())],
  [
    'normalised keys',
    'keeps apart composed and decomposed characters',
    rekeyed((key) => key.normalize('NFC')),
  ],
  ['C strings', 'keeps apart keys with a NUL inside', rekeyed((key) => key.replace(/(?<=.)\0.*/su, ''))],
  [
    'keys as UTF-8',
    'keeps apart lone surrogates',
    rekeyed((key) => new TextDecoder().decode(new TextEncoder().encode(key))),
  ],
  ['paths resolved', 'keeps apart paths out of a directory', rekeyed((key) => key.replace(/^(\.\/|\/)/, ''))],
  [
    'keys decoded',
    'keeps apart keys that look like an encoding of others',
    rekeyed((key) => key.replaceAll('%2F', '/')),
  ],
  [
    'a plain object for a Map',
    'keeps apart names of Object.prototype',
    (sound) => ({ get: (key) => (key in {} ? ({}[key as never] as Entry) : sound.get(key)) }),
  ],
  [
    'null read as a miss',
    'keeps null',
    (sound) => ({ get: (key) => (sound.get(key)?.value === null ? undefined : sound.get(key)) }),
  ],
  [
    'undefined read as a miss',
    'keeps undefined',
    (sound) => ({ get: (key) => (sound.get(key)?.value === undefined ? undefined : sound.get(key)) }),
  ],
  [
    'falsy read as a miss',
    'keeps 0',
    (sound) => ({ get: (key) => (sound.get(key)?.value === 0 ? undefined : sound.get(key)) }),
  ],
  [
    'values as JSON',
    'keeps a Date',
    stored((e) => ({ ...e, value: JSON.parse(JSON.stringify(e.value) ?? 'null') })),
  ],
  [
    '-0 becomes 0',
    'keeps -0',
    stored((e) => ({ ...e, value: Array.isArray(e.value) ? e.value.map((v) => v || 0) : e.value })),
  ],
  [
    'a class instance becomes a plain object',
    'keeps or refuses a class instance',
    stored((e) => (e.value?.constructor?.name === 'Money' ? { ...e, value: { ...(e.value as object) } } : e)),
  ],
  ['an unnamed refusal', 'keeps or refuses a function', stored((e) => structuredClone(e))],
  [
    'clear too wide',
    'removes what starts with the prefix, and nothing that merely resembles it',
    clearing(() => true),
  ],
  [
    'clear drops the separator',
    'removes what starts with the prefix, and nothing that merely resembles it',
    clearing((key, prefix) => key.startsWith(prefix.replace(/:$/, ''))),
  ],
  [
    'clear matches in the middle',
    'removes what starts with the prefix, and nothing that merely resembles it',
    clearing((key, prefix) => key.includes(prefix)),
  ],
  [
    'clear ignores case',
    'removes what starts with the prefix, and nothing that merely resembles it',
    clearing((key, prefix) => key.toLowerCase().startsWith(prefix.toLowerCase())),
  ],
  [
    'clear by pattern',
    'takes * and ? of a prefix literally',
    clearing((key, prefix) =>
      new RegExp(
        `^${prefix
          .replace(/[[\]{}+^$\\.|()]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}`,
        's',
      ).test(key),
    ),
  ],
  [
    'clear by SQL LIKE',
    'takes what SQL and regular expressions mark literally',
    clearing((key, prefix) =>
      new RegExp(
        `^${prefix
          .replace(/[[\]{}+*?^$\\.|()]/g, '\\$&')
          .replaceAll('%', '.*')
          .replaceAll('_', '.')}`,
        's',
      ).test(key),
    ),
  ],
  ['clear does nothing', 'removes everything without a prefix', () => ({ clear: () => undefined })],
  [
    'clear keeps internal keys',
    'removes everything without a prefix',
    (sound) => ({ clear: (prefix = '') => void list(sound, prefix).map((key) => sound.delete(key)) }),
  ],
  [
    'keys lists internal keys',
    'lists internal keys only to a prefix that names them',
    (sound) => ({
      keys: (prefix = '') => (prefix ? list(sound, prefix) : [...list(sound), ...list(sound, '\0')]),
    }),
  ],
  [
    'keys hides internal keys from all',
    'lists internal keys only to a prefix that names them',
    (sound) => ({ keys: (prefix) => list(sound, prefix).filter((key) => !key.startsWith('\0')) }),
  ],
  [
    'keys lists the expired',
    'lists nothing that has expired',
    (sound) => {
      const ever = new Set<string>();
      return {
        set: (key, entry) => then(ever.add(key), sound.set(key, entry)),
        delete: (key) => then(ever.delete(key), sound.delete(key)),
        keys: (prefix = '') => [...ever].filter((key) => key.startsWith(prefix) && !key.startsWith('\0')),
      };
    },
  ],
  [
    'keys ignores the prefix',
    'lists what starts literally with the prefix',
    (s) => ({ keys: () => list(s) }),
  ],
  [
    'keys lists twice',
    'lists every live key once, as it was given',
    (sound) => ({ keys: (prefix) => [...list(sound, prefix), ...list(sound, prefix).slice(0, 1)] }),
  ],
  [
    'keys lists with a namespace',
    'lists every live key once, as it was given',
    (sound) => ({ keys: (prefix) => list(sound, prefix).map((key) => `ns:${key}`) }),
  ],
  [
    'writes overtake each other',
    'keeps a set that was made after a delete',
    (sound) => ({ delete: (key) => Promise.resolve().then(() => sound.delete(key)) }),
  ],
  [
    'the last write does not win',
    'keeps the last of many sets of one key',
    (sound) => {
      let isFirst = true;
      const slowly = async (key: string, entry: Entry) => {
        for (let i = 0; i < 50; i++) await Promise.resolve();
        isFirst = true;
        return sound.set(key, entry);
      };
      return {
        set(key, entry) {
          if (!isFirst) return sound.set(key, entry);
          isFirst = false;
          return slowly(key, entry);
        },
      };
    },
  ],
  [
    'loses parallel writes',
    'stores every one of 100 entries set at once',
    (sound) => {
      let busy = false;
      return {
        async set(key, entry) {
          if (busy) return;
          busy = true;
          await Promise.resolve();
          busy = false;
          sound.set(key, entry);
        },
      };
    },
  ],
  [
    'batch out of order',
    'answers a batch of reads in order, a miss as undefined',
    (sound) => ({ getMany: (keys) => [...keys].sort().map((key) => sound.get(key)) }),
  ],
  [
    'batch without its misses',
    'answers a batch of reads in order, a miss as undefined',
    (sound) => ({ getMany: (keys) => keys.map((key) => sound.get(key)).filter((entry) => entry) }),
  ],
  [
    'batch without duplicates',
    'answers a key that is asked for twice, twice',
    (sound) => ({ getMany: (keys) => [...new Set(keys)].map((key) => sound.get(key)) }),
  ],
  [
    'batch with one life for all',
    'stores each entry of a batch under its key, with its own life',
    (sound) => ({
      setMany(items) {
        const expiresAt = items[0]?.[1].expiresAt ?? 0;
        for (const [key, entry] of items) sound.set(key, { ...entry, expiresAt });
      },
    }),
  ],
  [
    'batch of deletes that always says true',
    'deletes each key of a batch and says for each, in order, whether it was there',
    (sound) => ({ deleteMany: (keys) => keys.map((key) => then(sound.delete(key), true)) }),
  ],
  ['touch lies', 'gives a live entry new instants and keeps the rest of it', () => ({ touch: () => true })],
  [
    'touch makes something of nothing',
    'touches nothing that is not there, and makes nothing',
    (sound, clock) => ({
      touch: (key, staleAt, expiresAt) => {
        const entry = sound.get(key) ?? { value: undefined, createdAt: clock.now() };
        return then(sound.set(key, { ...entry, staleAt, expiresAt }), true);
      },
    }),
  ],
  [
    'touch only extends',
    'lets a touched entry live less long',
    (sound) => ({
      touch: (key, staleAt, expiresAt) =>
        sound.touch(key, staleAt, Math.max(expiresAt, sound.get(key)?.expiresAt ?? 0)),
    }),
  ],
  [
    'setIf not exclusive',
    'lets exactly one of many in',
    (sound) => ({
      async setIf(key, entry, condition) {
        const isThere = sound.get(key) !== undefined;
        await Promise.resolve();
        if (isThere !== (condition === 'present')) return false;
        sound.set(key, entry);
        return true;
      },
    }),
  ],
  [
    'setIf takes null for absent',
    'stores nothing, if absent, where something is',
    (sound) => ({
      setIf: (key, entry, condition) =>
        (sound.get(key)?.value != null) === (condition === 'present') && then(sound.set(key, entry), true),
    }),
  ],
  [
    'setIf sees the expired',
    'takes an expired entry for absent',
    (sound) => {
      const ever = new Set<string>();
      return {
        set: (key, entry) => then(ever.add(key), sound.set(key, entry)),
        setIf: (key, entry, condition) =>
          ever.has(key) === (condition === 'present') && then(sound.set(key, entry), true),
      };
    },
  ],
  [
    'setIf ignores its condition',
    'stores nothing, if present, where nothing is',
    (sound) => ({ setIf: (key, entry) => then(sound.set(key, entry), true) }),
  ],
  [
    'increment resets ttl',
    'ends a counter its life after it was created, not after it was last counted',
    (sound, clock) => ({
      increment(key, by, ttl = FOREVER) {
        const value = Number(sound.get(key)?.value ?? 0) + by;
        const now = clock.now();
        sound.set(key, { value, createdAt: now, staleAt: now + ttl, expiresAt: now + ttl });
        return value;
      },
    }),
  ],
  [
    'increment loses counts',
    'counts every one of many at once',
    (sound) => ({
      async increment(key, by, ttl) {
        const before = Number(sound.get(key)?.value ?? 0);
        await Promise.resolve();
        return sound.increment(key, before + by - Number(sound.get(key)?.value ?? 0), ttl);
      },
    }),
  ],
  [
    'increment ignores its step',
    'counts from nothing, up and down',
    (s) => ({ increment: (key, _, ttl) => s.increment(key, 1, ttl) }),
  ],
  [
    'clear forgets counters',
    'starts again after a clear',
    (sound) => {
      const counts = new Map<string, number>();
      return {
        increment(key, by) {
          counts.set(key, (counts.get(key) ?? 0) + by);
          return counts.get(key) as number;
        },
        delete: (key) => sound.delete(key) || counts.delete(key),
      };
    },
  ],
  [
    'acquire grants to all',
    'grants a miss to one and tells the next that it is held',
    (sound) => ({
      acquire: (key) => (sound.get(key) ? { entry: sound.get(key) as Entry } : { granted: true }),
    }),
  ],
  [
    'acquire not atomic',
    'grants exactly one of many at once',
    () => {
      const held = new Set<string>();
      return {
        async acquire(key) {
          const isHeld = held.has(key);
          await Promise.resolve();
          held.add(key);
          return isHeld ? { held: true } : { granted: true };
        },
      };
    },
  ],
  [
    'acquire leases over an entry',
    'gives the live entry instead of a lease, a stale one too',
    (sound, clock) => ({
      acquire: (key, token, ttl, refresh) => {
        const entry = sound.get(key);
        return sound.acquire(key, token, ttl, entry && entry.staleAt <= clock.now() ? 'refresh' : refresh);
      },
    }),
  ],
  [
    'acquire never refreshes',
    'leases a live entry to who wants to refresh it, and keeps it until the fill',
    (sound) => ({ acquire: (key, token, ttl) => sound.acquire(key, token, ttl) }),
  ],
  [
    'a refresh removes the entry',
    'leases a live entry to who wants to refresh it, and keeps it until the fill',
    (sound) => ({
      acquire: (key, token, ttl, refresh) => {
        if (refresh) sound.delete(key);
        return sound.acquire(key, token, ttl, refresh);
      },
    }),
  ],
  [
    'fill ignores a void lease',
    'voids a lease by a delete',
    (sound) => ({ fill: (key, entry) => then(sound.set(key, entry), true) }),
  ],
  [
    'fill says false and stores',
    'refuses a fill without a lease, and one with a foreign token',
    (sound) => ({
      fill: (key, entry, token) => sound.fill(key, entry, token) || then(sound.set(key, entry), false),
    }),
  ],
  [
    'fill never tells of those who wait',
    'tells who fills that somebody was told to wait',
    (sound) => ({ fill: (key, entry, token) => sound.fill(key, entry, token) !== false }),
  ],
  [
    'fill says true and stores nothing',
    'stores under the lease, whole, and says so',
    () => ({ fill: () => true }),
  ],
  [
    'a set does not void the lease',
    'voids a lease by a set, whose value stays',
    (sound) => ({
      set: (key, entry) => sneak(sound, key, entry),
    }),
  ],
  [
    'a clear does not void leases',
    'voids every lease by a clear',
    (sound) => ({ clear: (prefix) => void list(sound, prefix).map((key) => sound.delete(key)) }),
  ],
  [
    'a clear voids all leases',
    'voids leases by a clear of their prefix, and no others',
    (sound) => ({
      clear: (prefix) => {
        for (const key of leasedOnly(sound)) sound.delete(key);
        return sound.clear(prefix);
      },
    }),
  ],
  [
    'a lease ends with the entry that it refreshes',
    'keeps the lease of a refresh beyond the end of the entry',
    (sound) => {
      const leasedEntries = new Map<string, string>();
      const voided = (key: string): void => {
        const token = leasedEntries.get(key);
        if (token === undefined || sound.get(key)) return;
        sound.release(key, token);
        leasedEntries.delete(key);
      };
      return {
        acquire(key, token, ttl, refresh) {
          voided(key);
          const acquired = sound.acquire(key, token, ttl, refresh);
          if ('granted' in acquired && sound.get(key)) leasedEntries.set(key, token);
          return acquired;
        },
        fill(key, entry, token) {
          voided(key);
          return sound.fill(key, entry, token);
        },
      };
    },
  ],
  [
    'a lease never ends',
    'ends a lease after its time, for a late fill too',
    (sound) => ({ acquire: (key, token, _, refresh) => sound.acquire(key, token, FOREVER, refresh) }),
  ],
  [
    'a lease shows as an entry',
    'shows nothing of a lease to those who read, list or delete',
    (sound) => ({
      keys: (prefix) => [...sound.occupied(prefix)],
    }),
  ],
  ['release does nothing', 'lets the next one in after a release', () => ({ release: () => false })],
  [
    'release ignores the token',
    'releases nothing for a foreign token',
    (sound) => ({
      release(key) {
        if (!sound.get(key)) sound.delete(key);
        return false;
      },
    }),
  ],
  [
    'release never tells of those who wait',
    'tells who releases that somebody was told to wait',
    (sound) => ({ release: (key, token) => then(sound.release(key, token), false) }),
  ],
  ['renew lies', 'keeps a lease that is renewed beyond its first time', () => ({ renew: () => true })],
  ['renew refuses', 'keeps a lease that is renewed beyond its first time', () => ({ renew: () => false })],
  [
    'renew revives',
    'renews no lease whose time is over',
    (sound) => ({
      renew: (key, token, ttl) => {
        const acquired = sound.acquire(key, token, ttl);
        return 'granted' in acquired || sound.renew(key, token, ttl);
      },
    }),
  ],
  [
    'occupied lists no leases',
    'lists the keys that hold an entry or are leased, under their prefix',
    (sound) => ({ occupied: (prefix) => sound.keys(prefix) }),
  ],
  [
    'occupied lists no entries',
    'lists the keys that hold an entry or are leased, under their prefix',
    (sound) => ({ occupied: (prefix) => leasedOnly(sound, prefix) }),
  ],
  [
    'occupied ignores its prefix',
    'lists the keys that hold an entry or are leased, under their prefix',
    (sound) => ({ occupied: () => sound.occupied() }),
  ],
  [
    'a batch of sets does not void leases',
    'voids a lease by a batch of sets',
    (sound) => ({ setMany: (items) => void items.map(([key, entry]) => sneak(sound, key, entry)) }),
  ],
  [
    'a counter without a life gets one',
    'keeps a counter without a life for ever',
    (sound) => ({ increment: (key, by, ttl = 86_400_000) => sound.increment(key, by, ttl) }),
  ],
  [
    'a counter starts again at every count',
    'counts on within the life of a counter',
    (sound) => ({ increment: (key, by, ttl) => then(sound.delete(key), sound.increment(key, by, ttl)) }),
  ],
  [
    'a conditional write lives for ever',
    'gives what it stores its own life',
    (sound) => ({
      setIf: (key, entry, condition) => sound.setIf(key, { ...entry, expiresAt: FOREVER }, condition),
    }),
  ],
  [
    'a fill lives for ever',
    'lets a filled entry expire',
    (sound) => ({ fill: (key, entry, token) => sound.fill(key, { ...entry, expiresAt: FOREVER }, token) }),
  ],
  [
    'one lease for all keys',
    'grants each key by itself',
    (sound) => {
      let taken = false;
      return {
        acquire(key, token, ttl, refresh) {
          const answer = taken ? ({ held: true } as const) : sound.acquire(key, token, ttl, refresh);
          taken ||= 'granted' in answer;
          return answer;
        },
      };
    },
  ],
  ['one slot for all keys', 'keeps keys apart', rekeyed(() => 'k')],
  [
    'a key stands for what begins with it',
    'leaves other keys alone',
    (sound) => ({
      delete: (key) =>
        list(sound, key)
          .map((one) => sound.delete(one))
          .includes(true),
    }),
  ],
  [
    'a batch in which the first of a key wins',
    'replaces by a batch what was there, the last of a key wins',
    (sound) => ({ setMany: (items) => sound.setMany([...items].reverse()) }),
  ],
  [
    'an empty batch deletes all',
    'deletes nothing by an empty batch',
    (sound) => ({ deleteMany: (keys) => then(keys.length || sound.clear(), sound.deleteMany(keys)) }),
  ],
  [
    'a codec that mistakes values for its marks',
    'keeps objects that look like the marks of a codec',
    stored((e) => ({
      ...e,
      value: Array.isArray(e.value)
        ? e.value.map((v) => (v?.$type === 'Date' ? new Date(v.value) : v))
        : e.value,
    })),
  ],
  [
    'a value merged into an object',
    'keeps an own __proto__',
    stored((e) => (e.value?.constructor === Object ? { ...e, value: Object.assign({}, e.value) } : e)),
  ],
  [
    'a value cut to the size of a column',
    'keeps a long string',
    stored((e) => ({ ...e, value: typeof e.value === 'string' ? e.value.slice(0, 65_535) : e.value })),
  ],
  [
    'a value served as an entry',
    'keeps an object that looks like an entry',
    (sound) => ({
      get(key) {
        const entry = sound.get(key);
        return (entry?.value as Entry | null | undefined)?.expiresAt ? (entry?.value as Entry) : entry;
      },
    }),
  ],
  [
    'a read while it is written is torn',
    'gives every one of many readers a whole value while it is written',
    (sound) => ({
      async set(key, entry) {
        const old = sound.get(key)?.value;
        if (Array.isArray(entry.value) && Array.isArray(old)) {
          sound.set(key, { ...entry, value: [...entry.value.slice(0, 100), ...old.slice(100)] });
        }
        await Promise.resolve();
        sound.set(key, entry);
      },
    }),
  ],
  [
    'sweep drops the living',
    'sweeps what has expired and keeps the rest',
    (sound) => ({ sweep: () => then(sound.clear(), 0) }),
  ],
  [
    'close works once',
    'closes more than once without complaint',
    () => {
      let closed = false;
      return {
        close() {
          if (closed) throw new Error('closed');
          closed = true;
        },
      };
    },
  ],
];

const TIMED = {
  set: 'keeps the load time, 0 and fractions of a ms too',
  none: 'puts no load time where there was none',
  getMany: 'reads load times in a batch, where there are any',
  setMany: 'stores load times by a batch, where there are any',
  touch: 'keeps the load time of a touched entry',
  setIf: 'keeps the load time of what it stores',
  fill: 'stores the load time under the lease, and gives it to who acquires next',
};
const SHORT = 'lets an entry go that expires before it is stale, and keeps both instants until then';
const SHORT_TOUCH =
  'lets a touched entry go that expires before it is stale, and keeps both instants until then';

const untimed = <E extends Entry | undefined>(entry: E): E => {
  if (!entry) return entry;
  const { loadTime: _, ...rest } = entry;
  return rest as E;
};

/** Breaks one promise that no case looks after but those that are named. */
export const NARROW_MUTANTS: readonly [name: string, caughtBy: readonly string[], fault: Fault][] = [
  ['set drops the load time', [TIMED.set, TIMED.getMany, TIMED.touch], stored(untimed)],
  [
    'get drops the load time',
    [TIMED.set, TIMED.setMany, TIMED.touch, TIMED.setIf, TIMED.fill],
    (sound) => ({ get: (key) => untimed(sound.get(key)) }),
  ],
  ['a load time of 0 is lost', [TIMED.set, TIMED.getMany], stored((e) => (e.loadTime ? e : untimed(e)))],
  [
    'a load time in whole ms',
    [TIMED.set, TIMED.getMany, TIMED.touch],
    stored((e) => (e.loadTime === undefined ? e : { ...e, loadTime: Math.floor(e.loadTime) })),
  ],
  [
    'a load time in a column of 16 bits',
    [TIMED.set],
    stored((e) => (e.loadTime === undefined ? e : { ...e, loadTime: Math.min(e.loadTime, 65_535) })),
  ],
  [
    'a load time kept from the entry before',
    [TIMED.none],
    (sound) => ({
      set(key, entry) {
        const before = sound.get(key)?.loadTime;
        sound.set(key, before === undefined ? entry : { loadTime: before, ...entry });
      },
    }),
  ],
  [
    'a batch of reads drops load times',
    [TIMED.getMany],
    (sound) => ({ getMany: (keys) => sound.getMany(keys).map(untimed) }),
  ],
  [
    'a batch of reads gives every entry a load time',
    [TIMED.getMany, 'reads whole entries in a batch, null and undefined among them'],
    (sound) => ({ getMany: (keys) => sound.getMany(keys).map((e) => e && { loadTime: 0, ...e }) }),
  ],
  [
    'a batch of sets drops load times',
    [TIMED.setMany],
    (sound) => ({ setMany: (items) => sound.setMany(items.map(([key, entry]) => [key, untimed(entry)])) }),
  ],
  [
    'touch drops the load time',
    [TIMED.touch],
    (sound) => ({
      touch(key, staleAt, expiresAt) {
        const entry = sound.get(key);
        return entry !== undefined && then(sound.set(key, { ...untimed(entry), staleAt, expiresAt }), true);
      },
    }),
  ],
  [
    'a conditional write drops the load time',
    [TIMED.setIf],
    (sound) => ({ setIf: (key, entry, condition) => sound.setIf(key, untimed(entry), condition) }),
  ],
  [
    'a fill drops the load time',
    [TIMED.fill],
    (sound) => ({ fill: (key, entry, token) => sound.fill(key, untimed(entry), token) }),
  ],
  [
    'acquire drops the load time',
    [TIMED.fill],
    (sound) => ({
      acquire(key, token, ttl, refresh) {
        const acquired = sound.acquire(key, token, ttl, refresh);
        return 'entry' in acquired ? { entry: untimed(acquired.entry) } : acquired;
      },
    }),
  ],
  [
    'lives until it is stale, however soon it expires',
    [SHORT],
    stored((e) => ({ ...e, expiresAt: Math.max(e.expiresAt, e.staleAt) })),
  ],
  [
    'stale at the latest when it expires',
    [SHORT],
    stored((e) => ({ ...e, staleAt: Math.min(e.staleAt, e.expiresAt) })),
  ],
  [
    'serves what is not stale, though it has expired',
    [SHORT],
    (sound, clock) => {
      const short = new Map<string, Entry>();
      return {
        set(key, entry) {
          if (entry.expiresAt < entry.staleAt) short.set(key, entry);
          sound.set(key, entry);
        },
        get(key) {
          const kept = short.get(key);
          return kept && clock.now() < kept.staleAt ? kept : sound.get(key);
        },
      };
    },
  ],
  [
    'touch keeps an entry until it is stale',
    [SHORT_TOUCH],
    (sound) => ({
      touch: (key, staleAt, expiresAt) => sound.touch(key, staleAt, Math.max(staleAt, expiresAt)),
    }),
  ],
  [
    'touch makes an entry stale at the latest when it expires',
    [SHORT_TOUCH],
    (sound) => ({
      touch: (key, staleAt, expiresAt) => sound.touch(key, Math.min(staleAt, expiresAt), expiresAt),
    }),
  ],
];

/** Stores behind the back of the leases. */
function sneak(sound: FullBackend, key: string, entry: Entry): void {
  sound.increment(key, 1);
  sound.touch(key, entry.staleAt, entry.expiresAt);
  const placed = sound.get(key);
  if (placed) Object.assign(placed, entry);
}

const UNTIMED = new WeakMap<Entry, Entry>();

/** Breaks one promise of memory, which has pins. */
export const PIN_MUTANTS: readonly [
  name: string,
  caughtBy: string,
  pin: (sound: Backend, key: string) => Pinned | undefined,
][] = [
  [
    'a pin that never dies',
    'is dead once the entry is replaced',
    (sound, key) => {
      const entry = sound.pin?.(key)?.entry;
      return entry && { entry, dead: false };
    },
  ],
  [
    'a pin that is dead from the start',
    'shows the entry, the same one while it lives',
    (sound, key) => {
      const entry = sound.pin?.(key)?.entry;
      return entry && { entry, dead: true };
    },
  ],
  [
    'a pin that follows its key',
    'is dead once the entry is replaced',
    (sound, key) =>
      sound.pin?.(key) && {
        get entry() {
          return sound.get(key) as Entry;
        },
        get dead() {
          return sound.get(key) === undefined;
        },
      },
  ],
  [
    'a pin without the load time',
    'shows the entry, the same one while it lives',
    (sound, key) => {
      const entry = sound.pin?.(key)?.entry;
      if (!entry) return undefined;
      if (!UNTIMED.has(entry)) UNTIMED.set(entry, untimed(entry));
      return { entry: UNTIMED.get(entry) as Entry, dead: false };
    },
  ],
  [
    'a pin of nothing',
    'pins nothing where nothing is',
    (sound, key) => sound.pin?.(key) ?? { entry: undefined as unknown as Entry, dead: true },
  ],
];
