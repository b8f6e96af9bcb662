import { CacheConfigError, CacheKeyError, handleOf, POLICY_METADATA, policyOf } from '@keepsake/core';
import { fixture, sharedFixture, warnings } from '../functions/fixture.js';
import { decoratedClasses, otherUsers, REPORT } from './decorated-classes.js';

interface Metadata {
  getMetadata(key: string, target: object, property?: string): unknown;
}

function setUp() {
  const { cache, clock } = fixture();
  return { cache, clock, ...decoratedClasses(cache) };
}

/** What `@Cached` does, whichever form of decorators the classes were compiled to. */
export function decoratorSuite(mode: 'tc39' | 'legacy'): void {
  const reflect = Reflect as unknown as Metadata;

  it(`runs as ${mode}`, () => {
    const types = reflect.getMetadata('design:paramtypes', setUp().Repository.prototype, 'find');
    expect(types).toEqual(mode === 'legacy' ? [String] : undefined);
  });

  it('loads once per arguments, and keeps `this`', async () => {
    const { Users, calls } = setUp();
    const users = new Users('users');
    expect([await users.find('1'), await users.find('1'), await users.find('2')]).toEqual([
      'users/1',
      'users/1',
      'users/2',
    ]);
    expect(calls).toEqual(['find 1', 'find 2']);
  });

  it('keeps the name and the length of the method', () => {
    const { find } = setUp().Repository.prototype;
    expect([find.name, find.length]).toEqual(['find', 1]);
  });

  it('keeps an inherited method apart in every class', async () => {
    const { Repository, Users, Orders, calls } = setUp();
    const [users, orders, base] = [new Users('users'), new Orders('orders'), new Repository('base')];
    expect([await users.find('1'), await orders.find('1'), await base.find('1')]).toEqual([
      'users/1',
      'orders/1',
      'base/1',
    ]);
    expect(handleOf(users, 'find').keyOf('1')).toMatch(/^Users\.find:/);
    expect(handleOf(orders, 'find').keyOf('1')).toMatch(/^Orders\.find:/);
    expect(handleOf(base, 'find').keyOf('1')).toMatch(/^Repository\.find:/);
    expect(calls).toHaveLength(3);
  });

  it('keeps an overridden method and the `super` it calls apart', async () => {
    const { Archive, Users, cache, calls } = setUp();
    const archive = new Archive('archive');
    expect([await archive.find('1'), await archive.find('1')]).toEqual([
      'archived archive/1',
      'archived archive/1',
    ]);
    expect(await new Users('users').find('1')).toBe('users/1');
    expect(calls).toEqual(['archive 1', 'find 1', 'find 1']);
    expect(handleOf(archive, 'find').keyOf('1')).toMatch(/^Archive\.find:/);
    expect(await cache.deletePattern('Archive.Repository.find:*')).toBe(1);
  });

  it('caches static methods, apart in every class', async () => {
    const { Repository, Users, calls } = setUp();
    expect([await Users.count('x'), await Users.count('x'), await Repository.count('x')]).toEqual([
      'Users x',
      'Users x',
      'Repository x',
    ]);
    expect(calls).toEqual(['count x', 'count x']);
    expect(handleOf(Users, 'count').keyOf('x')).toMatch(/^Users\.count:/);
    expect(await handleOf(Users, 'count').delete('x')).toBe(true);
    expect(await handleOf(Repository, 'count').peek('x')).toBe('Repository x');
  });

  it('caches generic methods', async () => {
    const { Users, calls } = setUp();
    const users = new Users('users');
    expect((await users.echo({ a: 1 })).a).toBe(1);
    expect((await users.echo({ b: 'x' })).b).toBe('x');
    await users.echo({ a: 1 });
    expect(calls).toEqual(['echo', 'echo']);
  });

  it('caches methods that a symbol names', async () => {
    const { Users, calls } = setUp();
    const users = new Users('users');
    expect([await users[REPORT](), await users[REPORT]()]).toEqual(['report of users', 'report of users']);
    expect(handleOf(users, REPORT).keyOf()).toMatch(/^Users\.Symbol%28report%29:/);
    expect(calls).toEqual(['report']);
  });

  it('takes an `id` as it is, in all classes', async () => {
    warnings();
    const { Shared, calls } = setUp();
    class Polite extends Shared {}
    await new Shared().greet('Ada');
    await new Polite().greet('Ada');
    expect(handleOf(new Polite(), 'greet').keyOf('Ada')).toMatch(/^shared\.greet@2:/);
    expect(calls).toEqual(['greet Ada']);
  });

  it('heeds every option', async () => {
    const { Shared, cache, clock, calls } = setUp();
    const shared = new Shared();
    await shared.select('Ada', 'a');
    await shared.select('ada', 'b');
    expect(handleOf(shared, 'select').keyOf('ada', '')).toMatch(/^Shared\.select:3:/);
    await cache.invalidateTags(['user:Ada']);
    await shared.select('ada', 'c');
    await clock.advance('1m');
    await shared.select('ada', 'd');
    await shared.select('draft', 'a');
    await clock.advance(0);
    await shared.select('draft', 'b');
    expect(calls).toEqual(['select Ada', 'select ada', 'select ada', 'select draft', 'select draft']);
  });

  it('tells instances apart by what `perInstance` selects', async () => {
    const { Users } = setUp();
    const [a, b] = [new Users('a'), new Users('b')];
    expect([await a.read('1'), await b.read('1')]).toEqual(['a/1', 'b/1']);
  });

  it('warns once when a second instance of a class calls', async () => {
    const written = warnings();
    const { Users, Orders } = setUp();
    await new Users('a').find('1');
    await new Orders('a').find('1');
    expect(written).toEqual([]);
    expect(await new Users('b').find('1')).toBe('a/1');
    await new Users('c').find('1');
    expect(written).toHaveLength(1);
    expect(written[0]).toContain("'Users.find' was called on a second instance");
  });

  it('warns once of a derived id on a tier that is shared', async () => {
    const { cache } = sharedFixture();
    const written = warnings();
    const { Shared } = decoratedClasses(cache);
    const shared = new Shared();
    await shared.greet('Ada');
    await shared.select(`${mode} 1`, '');
    await shared.select(`${mode} 2`, '');
    expect(
      written.filter((text) => text.includes("the id 'Shared.select' is taken from the code")),
    ).toHaveLength(1);
    expect(written.filter((text) => text.includes('greet'))).toEqual([]);
  });

  it('refuses a second class of the same name', async () => {
    const { Repository, Users } = setUp();
    const Other = otherUsers(Repository);
    await new Users('a').find('1');
    const refused = new Other('b').find('1');
    await expect(refused).rejects.toThrow(CacheConfigError);
    await expect(refused).rejects.toThrow(
      /'keepsake:Users.find' names two functions.*for class Users.*for class Users/,
    );
  });

  it('gives an anonymous class a private id', async () => {
    const { Repository } = setUp();
    const [A, B] = [
      (() => class extends Repository<string> {})(),
      (() => class extends Repository<string> {})(),
    ];
    expect([await new A('a').find('1'), await new B('b').find('1')]).toEqual(['a/1', 'b/1']);
  });

  it('works through a proxy, an object derived from an instance, and bound', async () => {
    warnings();
    const { Users, calls } = setUp();
    const users = new Users('users');
    const derived = Object.create(users) as typeof users;
    const find = users.find.bind(users);
    const proxy = new Proxy(users, {});
    for (const each of [users.find('1'), proxy.find('1'), derived.find('1'), find('1')]) {
      expect(await each).toBe('users/1');
    }
    expect(calls).toEqual(['find 1']);
  });

  it('has the same id for an instance with a bound copy of its own', async () => {
    const { Users } = setUp();
    const users = new Users('users');
    users.find = users.find.bind(users);
    await users.find('1');
    expect(handleOf(users, 'find').keyOf('1')).toMatch(/^Users\.find:/);
    expect(await handleOf(users, 'find').delete('1')).toBe(true);
  });

  it('rejects, and says what to do, when it is called without its object', async () => {
    const { find } = new (setUp().Users)('users');
    await expect((find as (id: string) => Promise<string>)('1')).rejects.toThrow(
      '@Cached find: called without its object. Call it as a method, bind it',
    );
    await expect(find.call(Object.create(null), '1')).rejects.toThrow(
      'called on an object that has no class',
    );
    await expect(find.call({ table: 'x' } as never, '1')).rejects.toThrow("called on a 'Object'");
  });

  it('needs no object where it has an `id`', async () => {
    const { greet } = setUp().Shared.prototype;
    expect(await (greet as (name: string) => Promise<string>)('Ada')).toBe('hello Ada');
  });

  it('refuses arguments that cannot identify a call', async () => {
    const { Users, calls } = setUp();
    await expect(new Users('users').echo({ fn: () => 1 })).rejects.toThrow(CacheKeyError);
    expect(calls).toEqual([]);
  });

  it('has the handle of a method', async () => {
    const { Users, calls } = setUp();
    const users = new Users('users');
    const find = handleOf(users, 'find');
    expect(await find.peek('1')).toBeUndefined();
    await users.find('1');
    expect(await find.peek('1')).toBe('users/1');
    expect(await find.refresh('1')).toBe('users/1');
    expect([await find.delete('1'), await find.delete('1')]).toEqual([true, false]);
    await users.find('1');
    await find.clear();
    expect(await find.peek('1')).toBeUndefined();
    expect(await find.original.call(users, '2')).toBe('users/2');
    expect(calls).toHaveLength(4);
  });

  it('clears a method in one class only', async () => {
    const { Users, Orders } = setUp();
    const [users, orders] = [new Users('users'), new Orders('orders')];
    await users.find('1');
    await orders.find('1');
    await handleOf(users, 'find').clear();
    expect(await handleOf(orders, 'find').peek('1')).toBe('orders/1');
  });

  it('has no handle for a method that is not cached', () => {
    const { Marks } = setUp();
    expect(() => handleOf(new Marks(), 'plain')).toThrow("handleOf: 'plain' is no method with @Cached");
    expect(() => handleOf(new Marks(), 'hidden')).toThrow(
      'put it above the decorators that replace the method',
    );
  });

  it('tells the policy of a method', () => {
    const { Users, Shared, Marks } = setUp();
    expect(policyOf(Users.prototype.find)).toMatchObject({ ttl: '5m' });
    expect(policyOf(new Shared().greet)).toMatchObject({ id: 'shared.greet', version: 2 });
    expect(policyOf(Users.count)).toMatchObject({ ttl: '5m' });
    for (const other of [Marks.prototype.plain, undefined, null, 'find', {}, class {}]) {
      expect(policyOf(other)).toBeUndefined();
    }
  });

  it('has its policy in the metadata', () => {
    const { Repository, Shared, Marks } = setUp();
    const { greet } = Shared.prototype;
    expect(reflect.getMetadata(POLICY_METADATA, greet)).toBe(policyOf(greet));
    const onClass = mode === 'legacy' ? policyOf(greet) : undefined;
    expect(reflect.getMetadata(POLICY_METADATA, Shared.prototype, 'greet')).toBe(onClass);
    const ofStatic = mode === 'legacy' ? policyOf(Repository.count) : undefined;
    expect(reflect.getMetadata(POLICY_METADATA, Repository, 'count')).toBe(ofStatic);
    const ofHidden = reflect.getMetadata(POLICY_METADATA, Marks.prototype, 'hidden') as object | undefined;
    expect(ofHidden === undefined).toBe(mode === 'tc39');
  });

  it('keeps what other decorators noted on the method, above and below', () => {
    const { both } = setUp().Marks.prototype;
    expect((both as { marks?: unknown }).marks).toEqual(['below', 'above']);
    expect(reflect.getMetadata('mark:above', both)).toBe(true);
    expect(reflect.getMetadata('mark:below', both)).toBe(true);
    expect(policyOf(both)).toMatchObject({ ttl: '5m' });
  });

  it('works above and below decorators that replace the method', async () => {
    const { Marks, cache, calls } = setUp();
    const marks = new Marks();
    expect([await marks.hidden(), await marks.hidden()]).toEqual(['hidden', 'hidden']);
    expect(calls.splice(0)).toEqual(['wrapper', 'hidden', 'wrapper']);
    expect(await cache.deletePattern('Marks.hidden:*')).toBe(1);
    expect([await marks.wrapping(), await marks.wrapping()]).toEqual(['wrapping', 'wrapping']);
    expect(calls).toEqual(['wrapper', 'wrapping']);
    expect(handleOf(marks, 'wrapping').keyOf()).toMatch(/^Marks\.wrapping:/);
  });

  it('goes on under a spy that replaces the method', async () => {
    warnings();
    const { Users, Repository, calls } = setUp();
    const { find } = Repository.prototype;
    Repository.prototype.find = function (this: InstanceType<typeof Repository>, id) {
      return find.call(this, id);
    };
    await new Users('users').find('1');
    await new Users('users').find('1');
    expect(calls).toEqual(['find 1']);
  });
}
