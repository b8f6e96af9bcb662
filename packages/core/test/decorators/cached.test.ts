import 'reflect-metadata';
import { type Cache, CacheConfigError, Cached } from '@keepsake/core';
import { fixture } from '../functions/fixture.js';
import { decoratorSuite } from './decorator-suite.js';
import { Wrapping } from './other-decorators.js';

describe('@Cached as a TC39 decorator', () => {
  decoratorSuite('tc39');

  it('caches private methods, apart in every class', async () => {
    const { cache } = fixture();
    const { Vault, Safe, calls } = vaults(cache);
    const [vault, safe] = [new Vault(), new Safe()];
    expect([await vault.open('a'), await vault.open('a'), await safe.open('a')]).toEqual(['a', 'a', 'a']);
    expect(calls).toEqual(['Vault', 'Safe']);
    expect(await cache.deletePattern('Vault.#open:*')).toBe(1);
  });

  it('asks for an id where two hidden methods could be meant', async () => {
    const { cache } = fixture();
    const calls: string[] = [];
    class Base {
      @Wrapping(calls)
      @Cached({ ttl: '5m', cache })
      async find() {
        return 'base';
      }
    }
    class Users extends Base {
      @Wrapping(calls)
      @Cached({ ttl: '5m', cache })
      override async find() {
        return `users of ${await super.find()}`;
      }
    }
    await expect(new Users().find()).rejects.toThrow(
      'Put @Cached above the other decorators, or give it an `id`.',
    );
    expect(await new Base().find()).toBe('base');
  });

  it.each(['getter', 'setter', 'accessor', 'field', 'class'])('refuses a %s', (kind) => {
    const decorate = Cached('5m') as (value: unknown, context: unknown) => unknown;
    const use = (): unknown => decorate(() => undefined, { kind, name: 'size' });
    expect(use).toThrow(CacheConfigError);
    expect(use).toThrow(`@Cached: 'size' is a ${kind}. Allowed: a method that returns a promise.`);
  });

  it('refuses to be used without a call, or twice', () => {
    const bare = Cached as unknown as (value: unknown, context: unknown) => unknown;
    expect(() => bare(async () => 1, { kind: 'method', name: 'find' })).toThrow('Write `@Cached()`');
    const twice = (): unknown => {
      class Users {
        @Cached('5m')
        @Cached('1m')
        async find() {
          return 1;
        }
      }
      return Users;
    };
    expect(twice).toThrow('@Cached find: the method is cached already');
  });

  it('refuses a wrong policy at the definition', () => {
    const define = (): unknown => {
      class Users {
        @Cached('5x' as never)
        async find() {
          return 1;
        }
      }
      return Users;
    };
    expect(define).toThrow("@Cached find: ttl: '5x'");
  });
});

function vaults(cache: Cache) {
  const calls: string[] = [];
  class Vault {
    @Cached({ ttl: '5m', cache })
    async #open(name: string) {
      calls.push(this.constructor.name);
      return name;
    }

    open(name: string) {
      return this.#open(name);
    }
  }
  class Safe extends Vault {}
  return { Vault, Safe, calls };
}
