// Compiled once per decorator mode: by the project of `cached.test.ts` as TC39, by that of `cached.legacy.test.ts` as
// experimentalDecorators with emitDecoratorMetadata. Not a word in here may depend on the mode.
import { type Cache, Cached } from '@keepsake/core';
import { counts, Marked, Wrapping } from './other-decorators.js';

export const REPORT = Symbol('report');

/** Classes with cached methods of every kind, in `cache`. `calls` has one line per method that really ran. */
export function decoratedClasses(cache: Cache) {
  const calls: string[] = [];

  class Repository<T> {
    readonly table: T;

    constructor(table: T) {
      this.table = table;
    }

    @Cached({ ttl: '5m', cache })
    async find(id: string): Promise<string> {
      calls.push(`find ${id}`);
      return `${String(this.table)}/${id}`;
    }

    @Cached({ ttl: '5m', cache, perInstance: (self: Repository<unknown>) => String(self.table) })
    async read(id: string): Promise<string> {
      calls.push(`read ${id}`);
      return `${String(this.table)}/${id}`;
    }

    @Cached({ ttl: '5m', cache, perInstance: false })
    async echo<V extends object>(value: V): Promise<V> {
      calls.push('echo');
      return value;
    }

    @Cached({ ttl: '5m', cache })
    static async count(of: string): Promise<string> {
      calls.push(`count ${of}`);
      // biome-ignore lint/complexity/noThisInStatic: the class it is called on is what the test is about
      return `${this.name} ${of}`;
    }

    @Cached({ ttl: '5m', cache })
    async [REPORT](): Promise<string> {
      calls.push('report');
      return `report of ${String(this.table)}`;
    }
  }

  class Users extends Repository<string> {}

  class Orders extends Repository<string> {}

  class Archive extends Repository<string> {
    @Cached({ ttl: '1h', cache })
    override async find(id: string): Promise<string> {
      calls.push(`archive ${id}`);
      return `archived ${await super.find(id)}`;
    }
  }

  class Shared {
    @Cached({ ttl: '5m', cache, id: 'shared.greet', version: 2 })
    async greet(name: string): Promise<string> {
      calls.push(`greet ${name}`);
      return `hello ${name}`;
    }

    @Cached({
      cache,
      ttl: (value: string, id: string) => (value === id ? '1m' : '1h'),
      key: (id: string) => id.toLowerCase(),
      scope: (id: string) => id.length,
      tags: (id: string) => [`user:${id}`],
      when: (value: string) => value !== 'draft',
    })
    async select(id: string, _trace: string): Promise<string> {
      calls.push(`select ${id}`);
      return id;
    }
  }

  class Marks {
    @Marked('above')
    @Cached({ ttl: '5m', cache })
    @Marked('below')
    async both(): Promise<string> {
      return 'both';
    }

    @Wrapping(calls)
    @Cached({ ttl: '5m', cache })
    async hidden(): Promise<string> {
      calls.push('hidden');
      return 'hidden';
    }

    @Cached({ ttl: '5m', cache })
    @Wrapping(calls)
    async wrapping(): Promise<string> {
      calls.push('wrapping');
      return 'wrapping';
    }

    @counts
    async plain(): Promise<string> {
      return 'plain';
    }
  }

  return { Repository, Users, Orders, Archive, Shared, Marks, calls };
}

/** Another class of the name `Users`, as another module may have one. */
export function otherUsers(Base: ReturnType<typeof decoratedClasses>['Repository']) {
  return class Users extends Base<string> {};
}
