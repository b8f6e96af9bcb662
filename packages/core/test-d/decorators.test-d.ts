// Compiled twice: tsconfig.tc39.json and tsconfig.legacy.json. Every @ts-expect-error must hold in both.
import { Cached, type Handle, handleOf } from '@keepsake/core';
import { expectTypeOf } from 'expect-type';

interface User {
  readonly id: string;
  readonly name: string;
}

const user = (id: string): User => ({ id, name: id });
const READ = Symbol('read');

export class Good {
  readonly tenant = 'a';

  @Cached('5m')
  async find(id: string, _depth?: number): Promise<User> {
    return user(id);
  }

  @Cached()
  async bare(): Promise<void> {}

  @Cached('profile:predictions')
  async profile(): Promise<void> {}

  @Cached({ ttl: '5m', key: (id: string) => id })
  async fewer(id: string, n: number): Promise<User> {
    return user(id + n);
  }

  @Cached({ ttl: '5m', key: (id: string | number) => String(id) })
  async wider(id: string): Promise<User> {
    return user(id);
  }

  @Cached({
    id: 'all',
    version: 2,
    cache: 'llm',
    omit: ['trace'],
    ttl: (value: User, id: string) => (value.name === id ? '5m' : 'forever'),
    key: (id: string, n: number) => [id, n],
    scope: (id: string) => [id, 7, true],
    tags: (id: string) => [`user:${id}`],
    when: (value: User, _id: string, n: number) => value.id !== '' && n > 0,
    perInstance: (self: Good) => self.tenant,
  })
  async all(id: string, n: number): Promise<User> {
    return user(id + n);
  }

  @Cached({ ttl: '5m', tags: ['users'], perInstance: true })
  async generic<T extends object>(value: T): Promise<T> {
    return value;
  }

  async overloaded(id: string): Promise<User>;
  async overloaded(id: number, strict: true): Promise<User>;
  @Cached('5m')
  async overloaded(id: string | number): Promise<User> {
    return user(String(id));
  }

  @Cached({ ttl: '5m', key: (...ids: string[]) => ids })
  async rest(...ids: string[]): Promise<number> {
    return ids.length;
  }

  @Cached({ ttl: '1h', perInstance: (self: typeof Good) => self.name })
  static async count(of: number): Promise<number> {
    return of;
  }

  @Cached('5m')
  async usesThis(this: Good, n: number): Promise<User> {
    return this.all('a', n);
  }

  @Cached('5m')
  protected async hidden(n: number): Promise<number> {
    return n;
  }

  @Cached('5m')
  async [READ](n: number): Promise<number> {
    return n;
  }

  sync(): number {
    return 1;
  }
}

// What the method is does not change.
expectTypeOf<Good['find']>().toEqualTypeOf<(id: string, _depth?: number) => Promise<User>>();
expectTypeOf<Good['generic']>().toEqualTypeOf<<T extends object>(value: T) => Promise<T>>();
expectTypeOf<Good['overloaded']>().toEqualTypeOf<{
  (id: string): Promise<User>;
  (id: number, strict: true): Promise<User>;
}>();
expectTypeOf(Good.count).toEqualTypeOf<(of: number) => Promise<number>>();

// The handle of a method has its parameters and its result.
const good = new Good();
expectTypeOf(handleOf(good, 'find')).toEqualTypeOf<Handle<Good['find']>>();
expectTypeOf(handleOf(good, 'find').keyOf).parameters.toEqualTypeOf<Parameters<Good['find']>>();
expectTypeOf(handleOf(good, 'find').refresh('1')).toEqualTypeOf<Promise<User>>();
expectTypeOf(handleOf(good, 'find').peek('1')).toEqualTypeOf<Promise<User | undefined>>();
expectTypeOf(handleOf(good, 'find').delete('1')).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(handleOf(Good, 'count').keyOf).parameters.toEqualTypeOf<[of: number]>();
expectTypeOf(handleOf(good, READ).keyOf).parameters.toEqualTypeOf<[n: number]>();
// @ts-expect-error arguments of another type
handleOf(good, 'find').delete(42);
// @ts-expect-error a method that returns no promise
handleOf(good, 'sync');
// @ts-expect-error a property
handleOf(good, 'tenant');
// @ts-expect-error no member at all
handleOf(good, 'missing');

export class WrongMember {
  // @ts-expect-error a property
  @Cached('5m')
  property = 1;

  // @ts-expect-error a property that holds a function
  @Cached('5m')
  functionProperty = async (id: string): Promise<string> => id;

  // @ts-expect-error a getter
  @Cached('5m')
  get getter(): string {
    return '';
  }

  // @ts-expect-error a setter
  @Cached('5m')
  set setter(_value: string) {}

  // @ts-expect-error a method that returns no promise
  @Cached('5m')
  sync(id: string): string {
    return id;
  }

  // @ts-expect-error a method that returns a promise or not
  @Cached('5m')
  sometimes(id: string): string | Promise<string> {
    return id;
  }

  // @ts-expect-error a static method that returns no promise
  @Cached('5m')
  static syncStatic(): number {
    return 1;
  }

  // @ts-expect-error without a call
  @Cached
  async withoutCall(): Promise<void> {}
}

// @ts-expect-error a class
@Cached('5m')
export class WrongClass {}

export class WrongSelector {
  readonly tenant = 'a';

  // @ts-expect-error `key` wants a number, the method gets a text
  @Cached({ ttl: '5m', key: (n: number) => n })
  async key(id: string): Promise<User> {
    return user(id);
  }

  // @ts-expect-error `scope` wants a number
  @Cached({ ttl: '5m', scope: (n: number) => n })
  async scope(id: string): Promise<User> {
    return user(id);
  }

  // @ts-expect-error `tags` wants a number
  @Cached({ ttl: '5m', tags: (n: number) => [`${n}`] })
  async tags(id: string): Promise<User> {
    return user(id);
  }

  // @ts-expect-error `ttl` gets the value first
  @Cached({ ttl: (id: string) => (id === '' ? '5m' : '1h') })
  async ttl(id: string): Promise<User> {
    return user(id);
  }

  // @ts-expect-error `ttl` gets the arguments behind the value
  @Cached({ ttl: (_value: User, n: number) => n })
  async ttlArguments(id: string): Promise<User> {
    return user(id);
  }

  // @ts-expect-error `when` gets what the promise resolves to, not the promise
  @Cached({ ttl: '5m', when: (value: Promise<User>) => value !== undefined })
  async when(id: string): Promise<User> {
    return user(id);
  }

  // @ts-expect-error `when` gets the arguments behind the value
  @Cached({ ttl: '5m', when: (_value: User, n: number) => n > 0 })
  async whenArguments(id: string): Promise<User> {
    return user(id);
  }

  // @ts-expect-error another class's instances
  @Cached({ ttl: '5m', perInstance: (self: Date) => self.getTime() })
  async perInstance(id: string): Promise<User> {
    return user(id);
  }

  // @ts-expect-error an instance, where the method is static
  @Cached({ ttl: '5m', perInstance: (self: WrongSelector) => self.tenant })
  static async perInstanceOfStatic(id: string): Promise<User> {
    return user(id);
  }

  // @ts-expect-error a second argument that the method does not have
  @Cached({ ttl: '5m', key: (id: string, n: number) => id + n })
  async tooLong(id: string): Promise<User> {
    return user(id);
  }

  // @ts-expect-error the method's argument may be missing
  @Cached({ ttl: '5m', key: (id: string) => id })
  async optional(id?: string): Promise<User> {
    return user(id ?? '');
  }

  // @ts-expect-error without annotation: must not become `any`
  @Cached({ ttl: '5m', key: (id) => id })
  async unannotated(id: string): Promise<User> {
    return user(id);
  }

  // @ts-expect-error without annotation, used as if it were `any`
  @Cached({ ttl: '5m', when: (value) => value.anything.at.all })
  async unannotatedValue(id: string): Promise<User> {
    return user(id);
  }
}

export class WrongOption {
  // @ts-expect-error no unit of time
  @Cached('5x')
  async unit(): Promise<void> {}

  // @ts-expect-error no unit of time, in a policy
  @Cached({ ttl: '5x' })
  async unitInPolicy(): Promise<void> {}

  // @ts-expect-error no such option
  @Cached({ ttl: '5m', tag: ['users'] })
  async unknown(): Promise<void> {}

  // @ts-expect-error `ttl` gives no duration
  @Cached({ ttl: () => 'soon' })
  async ttl(): Promise<void> {}

  // @ts-expect-error `scope` gives no segment
  @Cached({ ttl: '5m', scope: () => ({}) })
  async scope(): Promise<void> {}

  // @ts-expect-error `tags` gives no list
  @Cached({ ttl: '5m', tags: () => 'users' })
  async tags(): Promise<void> {}

  // @ts-expect-error `when` gives no boolean
  @Cached({ ttl: '5m', when: () => 'yes' })
  async when(): Promise<void> {}

  // @ts-expect-error an instance is told apart by a function
  @Cached({ ttl: '5m', perInstance: 'tenant' })
  async perInstance(): Promise<void> {}
}
