import {
  type ByteStore,
  CacheSerializationError,
  type Clock,
  type Codec,
  type Entry,
  encoded,
  isPending,
  jsonCodec,
} from '@keepsake/core';

type Data = string | Uint8Array;

/** A clock that the test sets; nothing here sets a timer. */
class Hand implements Clock {
  at = 1_000_000;
  now(): number {
    return this.at;
  }
  after(): never {
    throw new Error('encoded() needs no timer.');
  }
}

/** A store that never drops what has expired, so that the backend has to know. */
class Bytes implements ByteStore {
  readonly name: string = 'bytes';
  readonly map = new Map<string, Data>();
  readonly ttls = new Map<string, number>();
  closed = 0;

  read(key: string): Data | undefined {
    return this.map.get(key);
  }
  write(key: string, data: Data, ttl: number): void {
    this.map.set(key, data);
    this.ttls.set(key, ttl);
  }
  remove(key: string): boolean {
    return this.map.delete(key);
  }
  clear(prefix = ''): void {
    for (const key of [...this.map.keys()]) if (key.startsWith(prefix)) this.map.delete(key);
  }
  keys(prefix = ''): string[] {
    return [...this.map.keys()].filter((key) => key.startsWith(prefix));
  }
  close(): void {
    this.closed++;
  }
}

/** The same, answering with promises. */
function later(bytes: Bytes): ByteStore {
  return {
    name: 'bytes',
    read: async (key) => bytes.read(key),
    write: async (key, data, ttl) => bytes.write(key, data, ttl),
    remove: async (key) => bytes.remove(key),
    clear: async (prefix) => bytes.clear(prefix),
    keys: async function* (prefix) {
      yield* bytes.keys(prefix);
    },
    close: async () => bytes.close(),
  };
}

/** As many third parties do: keys at hand, values behind promises. */
function mixed(bytes: Bytes): ByteStore {
  return { ...later(bytes), keys: (prefix) => bytes.keys(prefix) };
}

async function listed(keys: Iterable<string> | AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const key of keys) all.push(key);
  return all;
}

describe.each([
  ['answers at once', (bytes: Bytes): ByteStore => bytes],
  ['answers with promises', later],
  ['lists at once and reads with promises', mixed],
])('encoded() over a store that %s', (_, storeOf) => {
  let bytes: Bytes;
  let clock: Hand;
  let corrupted: [string, unknown][];

  beforeEach(() => {
    bytes = new Bytes();
    clock = new Hand();
    corrupted = [];
  });

  const backend = (codec?: Codec, store = storeOf(bytes)) =>
    encoded(store, codec, { clock, onCorrupt: (key, error) => corrupted.push([key, error]) });
  const entry = (value: unknown, ttl = 1000): Entry => ({
    value,
    createdAt: clock.at,
    staleAt: clock.at + ttl,
    expiresAt: clock.at + ttl,
  });

  it('gives back what was set, with its instants, load time and tags', async () => {
    const stored = { ...entry({ at: new Date(1), all: new Set([1n]) }), loadTime: 12.5, tags: { a: 'n' } };
    await backend().set('k', stored);
    expect(await backend().get('k')).toStrictEqual(stored);
    expect(await backend().get('other')).toBeUndefined();
  });

  it.each([undefined, null, false, 0, ''])('tells %p from nothing', async (value) => {
    await backend().set('k', entry(value));
    expect(await backend().get('k')).toStrictEqual(entry(value));
  });

  it('reads what was written as bytes', async () => {
    const text = jsonCodec();
    const codec: Codec = { ...text, encode: (e) => new TextEncoder().encode(text.encode(e) as string) };
    await backend(codec).set('k', entry('é'));
    expect(bytes.map.get('k')).toBeInstanceOf(Uint8Array);
    expect((await backend(codec).get('k'))?.value).toBe('é');
  });

  it('tells the store how long the entry is needed', async () => {
    await backend().set('k', entry(1, 1000));
    await backend().set('fraction', entry(1, 0.25));
    await backend().set('forever', entry(1, Number.POSITIVE_INFINITY));
    expect([...bytes.ttls.values()]).toEqual([1000, 1, Number.POSITIVE_INFINITY]);
    expect((await backend().get('forever'))?.expiresAt).toBe(Number.POSITIVE_INFINITY);
  });

  it('serves a stale entry, and never an expired one', async () => {
    await backend().set('k', { ...entry(1, 100), expiresAt: clock.at + 200 });
    clock.at += 199;
    expect((await backend().get('k'))?.value).toBe(1);
    clock.at += 1;
    expect(await backend().get('k')).toBeUndefined();
    expect(corrupted).toEqual([]);
  });

  it('drops an entry that expires before it is stale when it expires', async () => {
    const stored = { ...entry(1), staleAt: Number.POSITIVE_INFINITY, expiresAt: clock.at + 200 };
    await backend().set('k', stored);
    expect(bytes.ttls.get('k')).toBe(200);
    clock.at += 199;
    expect(await backend().get('k')).toStrictEqual(stored);
    clock.at += 1;
    expect(await backend().get('k')).toBeUndefined();
    expect(await listed(backend().keys())).toEqual([]);
    expect(await backend().delete('k')).toBe(false);
  });

  it('removes the old entry for one that has expired already', async () => {
    await backend().set('k', entry('old'));
    await backend().set('k', entry('new', 0));
    expect(bytes.map.size).toBe(0);
  });

  it('writes nothing when the codec refuses', async () => {
    await backend().set('k', entry('old'));
    const set = async () => backend().set('k', entry({ items: [() => 1] }, -1));
    const error = await set().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CacheSerializationError);
    expect(error).toMatchObject({ key: 'k', tier: 'bytes' });
    expect((error as Error).message).toContain('"k" was not stored. value.items[0] is a function');
    expect((await backend().get('k'))?.value).toBe('old');
  });

  it('says true only for a delete of a live entry', async () => {
    await backend().set('live', entry(1));
    await backend().set('expired', entry(1, 10));
    bytes.map.set('corrupt', '[]');
    clock.at += 10;
    const answers: boolean[] = [];
    for (const key of ['live', 'live', 'expired', 'corrupt', 'never'])
      answers.push(await backend().delete(key));
    expect(answers).toEqual([true, false, false, false, false]);
    expect(bytes.map.size).toBe(0);
  });

  it.each(['null', '42', '[]', '', '{"value":1}', 'K1p 1 2 3\n{"a"', 'K9p 1 2 3\n1\n'])(
    'takes the corrupt bytes %j for a miss, and removes them',
    async (data) => {
      bytes.map.set('k', data);
      expect(await backend().get('k')).toBeUndefined();
      expect(bytes.map.has('k')).toBe(false);
      expect(corrupted).toEqual([['k', expect.any(CacheSerializationError)]]);
    },
  );

  it('removes corrupt bytes that are no text', async () => {
    bytes.map.set('k', new Uint8Array([255, 0]));
    expect(await backend().get('k')).toBeUndefined();
    expect(bytes.map.has('k')).toBe(false);
  });

  it('keeps what was written while corrupt bytes were read', async () => {
    bytes.map.set('k', 'garbage');
    const store = storeOf(bytes);
    const good = jsonCodec().encode(entry('new'));
    const decode = (data: Data): Entry => {
      bytes.map.set('k', good);
      return jsonCodec().decode(data);
    };
    expect(await backend({ ...jsonCodec(), decode }, store).get('k')).toBeUndefined();
    expect(bytes.map.get('k')).toBe(good);
  });

  it('leaves bytes alone that a broken codec cannot read', async () => {
    await backend().set('k', entry(1));
    const decode = (): never => {
      throw new TypeError('a bug');
    };
    expect(await backend({ ...jsonCodec(), decode }).get('k')).toBeUndefined();
    expect(bytes.map.has('k')).toBe(true);
    expect(corrupted).toEqual([['k', expect.any(TypeError)]]);
  });

  it('never fails a read for a listener or a repair that fails', async () => {
    bytes.map.set('k', 'garbage');
    bytes.remove = () => {
      throw new Error('read-only');
    };
    const onCorrupt = (): never => {
      throw new Error('a bug');
    };
    expect(await encoded(storeOf(bytes), jsonCodec(), { clock, onCorrupt }).get('k')).toBeUndefined();
    expect(await encoded(storeOf(bytes)).get('k')).toBeUndefined();
  });

  it('lists live keys only, and internal ones only by a prefix that names them', async () => {
    await backend().set('a:1', entry(1));
    await backend().set('a:2', entry(1, 10));
    await backend().set('b:1', entry(1));
    await backend().set('\0tag', entry('n'));
    bytes.map.set('a:3', 'garbage');
    clock.at += 10;
    expect(await listed(backend().keys())).toEqual(['a:1', 'b:1']);
    expect(await listed(backend().keys('a:'))).toEqual(['a:1']);
    expect(await listed(backend().keys('\0'))).toEqual(['\0tag']);
  });

  it('clears a prefix, or everything', async () => {
    for (const key of ['a:1', 'a:2', 'b:1']) await backend().set(key, entry(1));
    await backend().clear('a:');
    expect([...bytes.map.keys()]).toEqual(['b:1']);
    await backend().clear();
    expect(bytes.map.size).toBe(0);
  });

  it('closes the store, if it can be closed', async () => {
    await backend().close?.();
    expect(bytes.closed).toBe(1);
    const { name, read, write, remove, clear, keys } = later(bytes);
    expect('close' in encoded({ name, read, write, remove, clear, keys })).toBe(false);
  });

  it('reports a store that fails instead of guessing', async () => {
    bytes.read = () => {
      throw new Error('down');
    };
    await expect((async () => backend().get('k'))()).rejects.toThrow('down');
    await expect((async () => backend().delete('k'))()).rejects.toThrow('down');
    await backend().set('k', entry(1));
    await expect(listedOf(() => backend().keys())).rejects.toThrow('down');
  });
});

async function listedOf(keys: () => Iterable<string> | AsyncIterable<string>): Promise<string[]> {
  return listed(keys());
}

describe('encoded() over a store that answers at once', () => {
  it('never leaves the tick', () => {
    const backend = encoded(new Bytes());
    const entry = {
      value: 1,
      createdAt: 0,
      staleAt: Number.POSITIVE_INFINITY,
      expiresAt: Number.POSITIVE_INFINITY,
    };
    const answers = [
      backend.set('k', entry),
      backend.get('k'),
      backend.delete('k'),
      backend.clear(),
      backend.close?.(),
    ];
    expect(answers.some(isPending)).toBe(false);
    expect(Symbol.iterator in backend.keys()).toBe(true);
    expect(answers[1]).toStrictEqual(entry);
  });
});
