import { type CachedFunction, cached, createCache, type LoaderContext, type Ttl } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { expectTypeOf } from 'expect-type';

interface User {
  readonly id: string;
  readonly name: string;
}

interface Tenant {
  readonly tenantId: string;
}

async function fetchUser(id: string, options: { readonly depth?: number } = {}): Promise<User> {
  return { id, name: `${id} ${options.depth}` };
}

// The wrapped function is what it was, and has its handle.
const findUser = cached(fetchUser, '5m');
expectTypeOf(findUser).toEqualTypeOf<CachedFunction<typeof fetchUser>>();
expectTypeOf(findUser('42')).toEqualTypeOf<Promise<User>>();
expectTypeOf(findUser.keyOf).parameters.toEqualTypeOf<Parameters<typeof fetchUser>>();
expectTypeOf(findUser.peek('42')).toEqualTypeOf<Promise<User | undefined>>();
expectTypeOf(findUser.refresh('42')).toEqualTypeOf<Promise<User>>();
expectTypeOf(findUser.delete('42')).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(findUser.clear()).toEqualTypeOf<Promise<void>>();
expectTypeOf(findUser.original).toEqualTypeOf<typeof fetchUser>();
// @ts-expect-error arguments of another type
findUser.delete(42);

const same = cached(async <T extends object>(value: T): Promise<T> => value, { id: 'same', ttl: '5m' });
expectTypeOf(same({ a: 1 })).toEqualTypeOf<Promise<{ a: number }>>();

declare const overloaded: {
  (id: string): Promise<User>;
  (id: number, strict: true): Promise<User>;
};
const findBoth = cached(overloaded, '5m');
expectTypeOf(findBoth('42')).toEqualTypeOf<Promise<User>>();
expectTypeOf(findBoth(42, true)).toEqualTypeOf<Promise<User>>();

// Callbacks know the function without annotations.
cached(fetchUser, {
  key: (id, options) => {
    expectTypeOf(id).toEqualTypeOf<string>();
    expectTypeOf(options).toEqualTypeOf<{ readonly depth?: number } | undefined>();
    return id;
  },
  scope: (id) => {
    expectTypeOf(id).toEqualTypeOf<string>();
    return id;
  },
  tags: (id) => {
    expectTypeOf(id).toEqualTypeOf<string>();
    return [`user:${id}`];
  },
  ttl: (value, id, options) => {
    expectTypeOf(value).toEqualTypeOf<User>();
    expectTypeOf(id).toEqualTypeOf<string>();
    expectTypeOf(options).toEqualTypeOf<{ readonly depth?: number } | undefined>();
    return value.name === '' ? '1m' : '1h';
  },
  when: (value, id) => {
    expectTypeOf(value).toEqualTypeOf<User>();
    expectTypeOf(id).toEqualTypeOf<string>();
    return true;
  },
});

// `perInstance` knows `this`, where the function says what it is.
async function findOf(this: Tenant, id: string): Promise<string> {
  return this.tenantId + id;
}
cached(findOf, {
  perInstance: (self) => {
    expectTypeOf(self).toEqualTypeOf<Tenant>();
    return self.tenantId;
  },
});
cached(fetchUser, {
  perInstance: (self) => {
    expectTypeOf(self).toBeUnknown();
    return self;
  },
});
// @ts-expect-error the function does not say that it is called on one
cached(fetchUser, { perInstance: (self: Tenant) => self.tenantId });

// A cache has no other cache.
const cache = createCache({ backend: memory(), ttl: '1h' });
expectTypeOf(cache.cached(fetchUser, '5m')).toEqualTypeOf<CachedFunction<typeof fetchUser>>();
cache.cached(fetchUser, { key: (id) => id.trim() });
// @ts-expect-error it is bound to this cache
cache.cached(fetchUser, { cache: 'other' });

// @ts-expect-error a function that returns no promise
cached((id: string) => id, '5m');
// @ts-expect-error no unit of time
cached(fetchUser, '5x');
// @ts-expect-error no unit of time, in a policy
cached(fetchUser, { ttl: '5x' });
// @ts-expect-error no such option
cached(fetchUser, { ttl: '5m', tag: ['users'] });
// @ts-expect-error `key` wants a number
cached(fetchUser, { key: (id: number) => id });
// @ts-expect-error a third argument that the function does not have
cached(fetchUser, { key: (id, _options, third: string) => id + third });
// @ts-expect-error `ttl` gives no duration
cached(fetchUser, { ttl: () => 'soon' });
// @ts-expect-error `when` gets the value first
cached(fetchUser, { when: (id: string) => id !== '' });

// Durations.
for (const ttl of [1500, '1ms', '2s', '5m', '1h', '1d', '1w', '1.5h', 'forever'] satisfies Ttl[]) {
  cached(fetchUser, ttl);
}

// What a loader resolves to is inferred although it takes its context.
expectTypeOf(cache.getOrSet('k', () => 42)).toEqualTypeOf<Promise<number>>();
expectTypeOf(cache.getOrSet('k', async ({ signal }) => signal.aborted)).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(
  cache.getOrSet('k', async (context: LoaderContext<number>) => context.stale?.value ?? 1),
).toEqualTypeOf<Promise<number>>();
cache.getOrSet<number>('k', ({ notModified }) => notModified());
cache.getOrSet('k', () => 42, { ttl: (value) => value * 1000, when: (value) => value > 0 });
