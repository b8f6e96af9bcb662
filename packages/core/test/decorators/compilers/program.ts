// Compiled by every compiler in both decorator modes, and run: see `compilers.test.ts`.
import { Cached, createCache, handleOf, policyOf } from '@keepsake/core';
import { memory } from '@keepsake/memory';

const cache = createCache({ backend: memory(), ttl: '1h' });
const calls: string[] = [];
const REPORT = Symbol('report');

class Query {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

class Repository {
  @Cached({ ttl: '5m', cache, key: (query: Query) => query.id })
  async find(query: Query): Promise<string> {
    calls.push(`find ${query.id}`);
    return `${this.constructor.name}/${query.id}`;
  }

  @Cached({ ttl: '5m', cache })
  async [REPORT](): Promise<string> {
    calls.push('report');
    return 'report';
  }

  @Cached({ ttl: '5m', cache })
  static async count(of: string): Promise<string> {
    calls.push(`count ${of}`);
    // Refers to itself: some compilers rename such a class.
    return `${Repository.prototype.find.length} ${of}`;
  }
}

class Users extends Repository {}

class Orders extends Repository {
  @Cached({ ttl: '1h', cache })
  override async find(query: Query): Promise<string> {
    return `order ${await super.find(query)}`;
  }
}

interface Metadata {
  getMetadata?(key: string, target: object, property: string): { readonly name: string }[] | undefined;
}

/** What the classes did, as JSON can carry it. */
export async function run() {
  const [users, orders, query] = [new Users(), new Orders(), new Query('1')];
  const twice = async (call: () => Promise<string>): Promise<string[]> => [await call(), await call()];
  const results = [
    await twice(() => users.find(query)),
    await twice(() => orders.find(query)),
    await twice(() => users[REPORT]()),
    await twice(() => Repository.count('x')),
    await twice(() => Users.count('x')),
  ];
  const keys = [
    handleOf(users, 'find').keyOf(query),
    handleOf(orders, 'find').keyOf(query),
    handleOf(users, REPORT).keyOf(),
    handleOf(Repository, 'count').keyOf('x'),
    handleOf(Users, 'count').keyOf('x'),
  ];
  const inSuper = await cache.deletePattern('Orders.Repository.find:*');
  const deleted = await handleOf(users, 'find').delete(query);
  const { ttl } = policyOf(Users.prototype.find) ?? {};
  const types = (Reflect as Metadata).getMetadata?.('design:paramtypes', Repository.prototype, 'find');
  await cache.close();
  const ids = keys.map((key) => key.slice(0, -65));
  return { results, calls, ids, inSuper, deleted, ttl, types: types?.map((type) => type.name) ?? null };
}
