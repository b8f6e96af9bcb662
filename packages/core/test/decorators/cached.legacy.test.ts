import 'reflect-metadata';
import { CacheConfigError, Cached } from '@keepsake/core';
import { fixture } from '../functions/fixture.js';
import { decoratorSuite } from './decorator-suite.js';
import { Wrapping } from './other-decorators.js';

describe('@Cached under experimentalDecorators', () => {
  decoratorSuite('legacy');

  it('knows two hidden methods apart', async () => {
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
    expect(await new Users().find()).toBe('users of base');
    expect(await cache.deletePattern('Users.find:*')).toBe(1);
    expect(await cache.deletePattern('Users.Base.find:*')).toBe(1);
  });

  it.each([
    ['property', {}, 'size', undefined],
    ['getter or setter', {}, 'size', { get: () => 1 }],
    ['getter or setter', {}, 'size', { set: () => undefined }],
    ['parameter', {}, 'size', 0],
  ])('refuses a %s', (kind, target, name, descriptor) => {
    const use = (): unknown => (Cached('5m') as (...args: unknown[]) => unknown)(target, name, descriptor);
    expect(use).toThrow(CacheConfigError);
    expect(use).toThrow(`@Cached: 'size' is a ${kind}. Allowed: a method that returns a promise.`);
  });

  it('refuses a class', () => {
    const use = (): unknown => (Cached('5m') as (target: unknown) => unknown)(class Users {});
    expect(use).toThrow("@Cached: 'Users' is a class");
  });

  it('refuses to be used without a call', () => {
    const bare = Cached as unknown as (...args: unknown[]) => unknown;
    expect(() => bare({}, 'find', { value: async () => 1 })).toThrow('Write `@Cached()`');
  });
});
