import { type ContractCase, cases } from './contract-case.js';
import type { Trial } from './trial.js';

const LEASE = 60_000;
const GRANTED = { granted: true };
const HELD = { held: true };

type Leasing = Trial<'acquire' | 'fill'>;

const granting = cases('leases', ['acquire', 'fill'], {
  'grants a miss to one and tells the next that it is held': async (t) => {
    t.equal('first', await t.backend.acquire('k', 'A', LEASE), GRANTED);
    t.equal('second', await t.backend.acquire('k', 'B', LEASE), HELD);
    t.equal('third', await t.backend.acquire('k', 'C', LEASE), HELD);
  },
  'grants exactly one of many at once': async (t) => {
    const tries = Array.from({ length: 20 }, async (_, i) => t.backend.acquire('k', `T${i}`, LEASE));
    const answers = await Promise.all(tries);
    t.equal('granted', answers.filter((answer) => 'granted' in answer).length, 1);
    t.equal('held', answers.filter((answer) => 'held' in answer).length, 19);
  },
  'grants each key by itself': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    t.equal('another key', await t.backend.acquire('k2', 'B', LEASE), GRANTED);
  },
  'gives the live entry instead of a lease, a stale one too': async (t) => {
    const now = t.now();
    const entry = { value: null, createdAt: now, staleAt: now + 1, expiresAt: now + LEASE, tags: { a: 'n' } };
    await t.backend.set('k', entry);
    await t.pass(10);
    const acquired = await t.backend.acquire('k', 'A', LEASE);
    t.sameEntry('the entry', 'entry' in acquired ? acquired.entry : undefined, entry);
    t.equal('fill without a lease', await t.backend.fill('k', t.entry('filled'), 'A'), false);
    await t.holds('k', null);
  },
  'grants what has expired': async (t) => {
    await t.set('k', 1, t.life);
    await t.pass(t.life);
    t.equal('acquire', await t.backend.acquire('k', 'A', LEASE), GRANTED);
    t.equal('fill', await t.backend.fill('k', t.entry(2), 'A'), true);
    await t.holds('k', 2);
  },
  'shows nothing of a lease to those who read, list or delete': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    await t.missing('k');
    t.equal('keys()', await t.keys(), []);
    t.equal('delete', await t.backend.delete('k'), false);
  },
});

const filling = cases('leases', ['acquire', 'fill'], {
  'stores under the lease, whole, and says so': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    const entry = { ...t.entry({ n: 1 }), tags: { a: 'n' } };
    t.equal('fill', await t.backend.fill('k', entry, 'A'), true);
    t.sameEntry('the entry', await t.backend.get('k'), entry);
    const acquired = await t.backend.acquire('k', 'B', LEASE);
    t.equal('what the next one acquires', Object.keys(acquired), ['entry']);
  },
  'stores the load time under the lease, and gives it to who acquires next': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    const entry = { ...t.entry(1), loadTime: 250.5 };
    await t.backend.fill('k', entry, 'A');
    t.sameEntry('the entry', await t.backend.get('k'), entry);
    const acquired = await t.backend.acquire('k', 'B', LEASE);
    t.sameEntry('what is acquired', 'entry' in acquired ? acquired.entry : undefined, entry);
  },
  'lets a filled entry expire': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    await t.backend.fill('k', t.entry(1, t.life), 'A');
    await t.expire('k');
  },
  'refuses a fill without a lease, and one with a foreign token': async (t) => {
    await refuses(t, 'A');
    await t.backend.acquire('k', 'A', LEASE);
    await refuses(t, 'B');
    t.equal('the holder', await t.backend.fill('k', t.entry(1), 'A'), true);
  },
  'tells who fills that somebody was told to wait': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    await t.backend.acquire('k', 'B', LEASE);
    t.equal('fill', await t.backend.fill('k', t.entry(1), 'A'), 'awaited');
    await t.backend.acquire('k', 'A', LEASE, 'refresh');
    t.equal('fill of nobody else', await t.backend.fill('k', t.entry(2), 'A'), true);
  },
  'spends the lease by the fill': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    await t.backend.fill('k', t.entry(1), 'A');
    t.equal('a second fill', await t.backend.fill('k', t.entry(2), 'A'), false);
    await t.holds('k', 1);
  },
});

const voiding = cases('leases', ['acquire', 'fill'], {
  'voids a lease by a delete': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    await t.backend.delete('k');
    await refuses(t, 'A');
    t.equal('the next one', await t.backend.acquire('k', 'B', LEASE), GRANTED);
    await refuses(t, 'A');
  },
  'voids a lease by a set, whose value stays': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    await t.set('k', 'set');
    t.equal('fill', await t.backend.fill('k', t.entry('filled'), 'A'), false);
    await t.holds('k', 'set');
  },
  'voids a lease by a set that was deleted again': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    await t.set('k', 'set');
    await t.backend.delete('k');
    await refuses(t, 'A');
  },
  'voids leases by a clear of their prefix, and no others': async (t) => {
    await t.backend.acquire('user:1', 'A', LEASE);
    await t.backend.acquire('users:1', 'B', LEASE);
    await t.backend.clear('user:');
    t.equal('fill', await t.backend.fill('user:1', t.entry(1), 'A'), false);
    await t.missing('user:1');
    t.equal('fill beside it', await t.backend.fill('users:1', t.entry(2), 'B'), true);
  },
  'voids every lease by a clear': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    await t.backend.clear();
    await refuses(t, 'A');
  },
  'ends a lease after its time, for a late fill too': async (t) => {
    await t.backend.acquire('k', 'A', t.life);
    await t.pass(t.life);
    await refuses(t, 'A');
    t.equal('the next one', await t.backend.acquire('k', 'B', LEASE), GRANTED);
    await refuses(t, 'A');
    t.equal('its fill', await t.backend.fill('k', t.entry('B'), 'B'), true);
    t.equal('a late fill', await t.backend.fill('k', t.entry('A'), 'A'), false);
    await t.holds('k', 'B');
  },
});

const refreshing = cases('leases', ['acquire', 'fill'], {
  'leases a live entry to who wants to refresh it, and keeps it until the fill': async (t) => {
    await t.set('k', 'old');
    t.equal('refresh', await t.backend.acquire('k', 'A', LEASE, 'refresh'), GRANTED);
    t.equal('another', await t.backend.acquire('k', 'B', LEASE, 'refresh'), HELD);
    await t.holds('k', 'old');
    t.equal('fill', await t.backend.fill('k', t.entry('new'), 'A'), 'awaited');
    await t.holds('k', 'new');
  },
  'gives a live entry to who reads while it is refreshed': async (t) => {
    await t.set('k', 'old');
    await t.backend.acquire('k', 'A', LEASE, 'refresh');
    const acquired = await t.backend.acquire('k', 'B', LEASE);
    t.equal('the value', 'entry' in acquired && acquired.entry.value, 'old');
    t.equal('fill', await t.backend.fill('k', t.entry('new'), 'A'), true);
  },
  'voids the lease of a refresh by a set': async (t) => {
    await t.set('k', 'old');
    await t.backend.acquire('k', 'A', LEASE, 'refresh');
    await t.set('k', 'set');
    t.equal('fill', await t.backend.fill('k', t.entry('filled'), 'A'), false);
    await t.holds('k', 'set');
  },
  'voids the lease of a refresh by a delete, which removes the entry': async (t) => {
    await t.set('k', 'old');
    await t.backend.acquire('k', 'A', LEASE, 'refresh');
    t.equal('delete', await t.backend.delete('k'), true);
    await refuses(t, 'A');
  },
  'keeps the lease of a refresh beyond the end of the entry': async (t) => {
    await t.set('k', 'old', t.life);
    await t.backend.acquire('k', 'A', LEASE, 'refresh');
    await t.pass(t.life);
    await t.missing('k');
    t.equal('keys()', await t.keys(), []);
    t.equal('delete of nothing', await t.backend.delete('other'), false);
    t.equal('another', await t.backend.acquire('k', 'B', LEASE), HELD);
    t.equal('fill', await t.backend.fill('k', t.entry('new'), 'A'), 'awaited');
    await t.holds('k', 'new');
  },
  'takes an entry for gone whose end has come, whoever keeps its lease': async (t) => {
    await t.set('k', 'old', t.life);
    await t.backend.acquire('k', 'A', LEASE, 'refresh');
    await t.pass(t.life);
    t.equal('delete', await t.backend.delete('k'), false);
    await refuses(t, 'A');
  },
  'keeps the entry where the lease of its refresh has ended': async (t) => {
    await t.set('k', 'old');
    await t.backend.acquire('k', 'A', t.life, 'refresh');
    await t.pass(t.life);
    t.equal('a late fill', await t.backend.fill('k', t.entry('late'), 'A'), false);
    await t.holds('k', 'old');
    t.equal('the next one', await t.backend.acquire('k', 'B', LEASE, 'refresh'), GRANTED);
  },
});

const voidingCapably: readonly ContractCase[] = [
  ...cases('leases', ['acquire', 'fill', 'setMany'], {
    'voids a lease by a batch of sets': async (t) => {
      await t.backend.acquire('k', 'A', LEASE);
      await t.backend.setMany([['k', t.entry('set')]]);
      t.equal('fill', await t.backend.fill('k', t.entry('filled'), 'A'), false);
      await t.holds('k', 'set');
    },
  }),
  ...cases('leases', ['acquire', 'fill', 'deleteMany'], {
    'voids a lease by a batch of deletes': async (t) => {
      await t.backend.acquire('k', 'A', LEASE);
      t.equal('deleteMany', [...(await t.backend.deleteMany(['k']))], [false]);
      await refuses(t, 'A');
    },
  }),
  ...cases('leases', ['acquire', 'fill', 'setIf'], {
    'takes a leased key for absent, and voids the lease by a conditional set': async (t) => {
      await t.backend.acquire('k', 'A', LEASE);
      t.equal('setIf present', await t.backend.setIf('k', t.entry(0), 'present'), false);
      t.equal('setIf absent', await t.backend.setIf('k', t.entry('set'), 'absent'), true);
      t.equal('fill', await t.backend.fill('k', t.entry('filled'), 'A'), false);
      await t.holds('k', 'set');
    },
  }),
  ...cases('leases', ['acquire', 'fill', 'touch'], {
    'touches nothing where only a lease is': async (t) => {
      await t.backend.acquire('k', 'A', LEASE);
      t.equal('touch', await t.backend.touch('k', t.now() + LEASE, t.now() + LEASE), false);
      await t.missing('k');
    },
  }),
  ...cases('leases', ['acquire', 'fill', 'getMany'], {
    'reads nothing in a batch where only a lease is': async (t) => {
      await t.backend.acquire('k', 'A', LEASE);
      t.equal('getMany', [...(await t.backend.getMany(['k']))], [undefined]);
    },
  }),
];

const releasing = cases('leases', ['acquire', 'fill', 'release'], {
  'lets the next one in after a release': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    await t.backend.release('k', 'A');
    await refuses(t, 'A');
    t.equal('the next one', await t.backend.acquire('k', 'B', LEASE), GRANTED);
  },
  'tells who releases that somebody was told to wait': async (t) => {
    await t.backend.acquire('k', 'A', LEASE);
    t.equal('release, nobody waiting', await t.backend.release('k', 'A'), false);
    await t.backend.acquire('k', 'A', LEASE);
    await t.backend.acquire('k', 'B', LEASE);
    t.equal('release by somebody else', await t.backend.release('k', 'C'), false);
    t.equal('release', await t.backend.release('k', 'A'), true);
    t.equal('release again', await t.backend.release('k', 'A'), false);
  },
  'releases nothing for a foreign token': async (t) => {
    await t.backend.release('k', 'B');
    await t.backend.acquire('k', 'A', LEASE);
    await t.backend.release('k', 'B');
    t.equal('another', await t.backend.acquire('k', 'C', LEASE), HELD);
    t.equal('fill', await t.backend.fill('k', t.entry(1), 'A'), 'awaited');
    await t.backend.release('k', 'A');
    await t.holds('k', 1);
  },
  'keeps the entry where a refresh is given up': async (t) => {
    await t.set('k', 'old');
    await t.backend.acquire('k', 'A', LEASE, 'refresh');
    await t.backend.release('k', 'A');
    await t.holds('k', 'old');
    t.equal('the next one', await t.backend.acquire('k', 'B', LEASE, 'refresh'), GRANTED);
  },
});

const renewing = cases('leases', ['acquire', 'fill', 'renew'], {
  'keeps a lease that is renewed beyond its first time': async (t) => {
    await t.backend.acquire('k', 'A', t.life * 2);
    t.equal('renew', await t.backend.renew('k', 'A', LEASE), true);
    await t.pass(t.life * 2);
    t.equal('another', await t.backend.acquire('k', 'B', LEASE), HELD);
    t.equal('fill', await t.backend.fill('k', t.entry(1), 'A'), 'awaited');
  },
  'renews no lease that is void, foreign or was never granted': async (t) => {
    t.equal('never granted', await t.backend.renew('k', 'A', LEASE), false);
    await t.backend.acquire('k', 'A', LEASE);
    t.equal('foreign', await t.backend.renew('k', 'B', LEASE), false);
    await t.backend.delete('k');
    t.equal('void', await t.backend.renew('k', 'A', LEASE), false);
    await refuses(t, 'A');
  },
  'renews no lease whose time is over': async (t) => {
    await t.backend.acquire('k', 'A', t.life);
    await t.pass(t.life);
    t.equal('renew', await t.backend.renew('k', 'A', LEASE), false);
    t.equal('the next one', await t.backend.acquire('k', 'B', LEASE), GRANTED);
  },
});

const listing = cases('leases', ['acquire', 'fill', 'occupied'], {
  'lists the keys that hold an entry or are leased, under their prefix': async (t) => {
    for (const key of ['user:1', 'user:2', 'users:1']) await t.backend.acquire(key, 'A', LEASE);
    await t.backend.fill('user:2', t.entry(1), 'A');
    await t.set('user:3', 1);
    t.equal("occupied('user:')", await occupied(t, 'user:'), ['user:1', 'user:2', 'user:3']);
    t.equal('occupied()', await occupied(t), ['user:1', 'user:2', 'user:3', 'users:1']);
  },
  'lists no lease that is void or whose time is over': async (t) => {
    await t.backend.acquire('deleted', 'A', LEASE);
    await t.backend.acquire('over', 'A', t.life);
    await t.backend.delete('deleted');
    await t.pass(t.life);
    t.equal('occupied()', await occupied(t), []);
  },
});

/** One caller in the fleet may fill a key, and only while nobody invalidates it. */
export const leases: readonly ContractCase[] = [
  ...granting,
  ...filling,
  ...voiding,
  ...voidingCapably,
  ...refreshing,
  ...releasing,
  ...renewing,
  ...listing,
];

/** A fill of `k` by `token` must be refused, and store nothing. */
async function refuses(t: Leasing, token: string): Promise<void> {
  t.equal(`fill by ${token}`, await t.backend.fill('k', t.entry('refused'), token), false);
  await t.missing('k');
}

async function occupied(t: Trial<'occupied'>, prefix?: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of t.backend.occupied(prefix)) keys.push(key);
  return keys.sort();
}
