import assert from 'node:assert/strict';
import { Cached, closeAll, getCache, handleOf } from 'keepsake';

interface Row {
  readonly id: string;
  readonly table: string;
}

/** Stands for a database; counts what it is asked. */
let queries = 0;
async function query(table: string, id: string): Promise<Row> {
  queries += 1;
  return { id, table };
}

class Repository {
  readonly table: string;

  constructor(table: string) {
    this.table = table;
  }

  @Cached({ ttl: '5m', perInstance: false, tags: (id: string) => [`row:${id}`] })
  async find(id: string): Promise<Row> {
    return query(this.table, id);
  }

  @Cached('1m')
  static async tables(schema: string): Promise<readonly string[]> {
    queries += 1;
    return [`${schema}.users`, `${schema}.orders`];
  }
}

class Users extends Repository {}

class Orders extends Repository {
  @Cached({ ttl: '1m', perInstance: false, tags: (id: string) => [`row:${id}`] })
  override async find(id: string): Promise<Row> {
    return super.find(id.toUpperCase());
  }
}

const [users, orders] = [new Users('users'), new Orders('orders')];

console.log('loads once:', await users.find('a1'), await users.find('a1'));
assert.equal(queries, 1);

console.log('an inherited method is cached apart in every class:', await orders.find('a1'));
assert.equal(queries, 2);
console.log('  ', handleOf(users, 'find').keyOf('a1'));
console.log('  ', handleOf(orders, 'find').keyOf('a1'));

console.log('a static method:', await Repository.tables('public'), await Repository.tables('public'));
assert.equal(queries, 3);

console.log('deleted by its arguments:', await handleOf(users, 'find').delete('a1'));
await users.find('a1');
assert.equal(queries, 4);

await getCache().invalidateTags(['row:a1', 'row:A1']);
await Promise.all([users.find('a1'), orders.find('a1')]);
console.log('loaded again after its tags were invalidated:', queries - 4, 'times');
assert.equal(queries, 6);

const { hits, misses } = getCache().stats();
console.log({ hits, misses, queries });
await closeAll();
