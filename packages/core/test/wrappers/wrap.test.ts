import { type Backend, namespaced, wrap } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { manualClock, sharedMemory } from '@keepsake/testing';

type Method = Exclude<keyof Backend, 'name' | 'local'>;

/** Every method of the contract; the compiler holds it to that. */
const METHODS = Object.keys({
  get: 1,
  set: 1,
  delete: 1,
  clear: 1,
  keys: 1,
  getMany: 1,
  setMany: 1,
  deleteMany: 1,
  touch: 1,
  setIf: 1,
  increment: 1,
  info: 1,
  ping: 1,
  sweep: 1,
  close: 1,
  acquire: 1,
  fill: 1,
  renew: 1,
  release: 1,
  occupied: 1,
  pin: 1,
  bus: 1,
} satisfies Record<Method, 1>) as Method[];

/** A backend that can do everything, and answers with what it was asked. */
class Capable {
  readonly name = 'capable';
  readonly local = true;
}
for (const method of METHODS) {
  Object.defineProperty(Capable.prototype, method, {
    value(this: Capable, ...args: unknown[]) {
      return [this.name, method, ...args];
    },
  });
}
const capable = (): Backend => new Capable() as unknown as Backend;
const call = (backend: Backend, method: Method, ...args: unknown[]): unknown =>
  (backend[method] as unknown as (...args: unknown[]) => unknown)(...args);

describe('wrap', () => {
  it.each(METHODS)('forwards %s, with its arguments and its own this', (method) => {
    const outer = wrap(capable(), {});
    const detached = outer[method] as unknown as (...args: unknown[]) => unknown;
    expect(detached('a', 'b', 'c', 'd')).toEqual(['capable', method, 'a', 'b', 'c', 'd']);
  });

  it.each(METHODS)('lets %s be changed, and leaves all others', (method) => {
    const outer = wrap(capable(), { [method]: () => 'changed' });
    for (const each of METHODS) {
      expect(call(outer, each)).toEqual(each === method ? 'changed' : ['capable', each]);
    }
  });

  it.each(METHODS)('hides %s with undefined', (method) => {
    expect(method in wrap(capable(), { [method]: undefined })).toBe(false);
  });

  it('forwards that a backend is local and what it is called, and lets both be changed', () => {
    expect(wrap(capable(), {})).toMatchObject({ name: 'capable', local: true });
    const outer = wrap(capable(), { name: 'other', local: undefined });
    expect(outer.name).toBe('other');
    expect('local' in outer).toBe(false);
  });

  it('claims no capability that the backend lacks', () => {
    const least = Object.fromEntries(['get', 'set', 'delete', 'clear', 'keys'].map((m) => [m, () => 1]));
    const outer = wrap({ name: 'least', ...least } as unknown as Backend, {});
    expect(Object.keys(outer).sort()).toEqual(['clear', 'delete', 'get', 'keys', 'name', 'set']);
  });
});

describe('namespaced', () => {
  const clock = manualClock();
  const entry = (value: unknown) => ({
    value,
    createdAt: clock.now(),
    staleAt: clock.now() + 60_000,
    expiresAt: clock.now() + 60_000,
  });
  const all = async (keys: Iterable<string> | AsyncIterable<string>): Promise<string[]> => {
    const found: string[] = [];
    for await (const key of keys) found.push(key);
    return found.sort();
  };

  it.each(METHODS)('keeps %s where the backend has it, and only there', (method) => {
    expect(namespaced(capable(), 'p:')[method]).toBeInstanceOf(Function);
    const without = wrap(capable(), { [method]: undefined });
    const optional = !['get', 'set', 'delete', 'clear', 'keys'].includes(method);
    if (optional) expect(method in namespaced(without, 'p:')).toBe(false);
  });

  it.each<[string, () => Backend]>([
    ['memory', () => memory({ clock })],
    ['a shared tier', () => sharedMemory({ clock }).connect()],
  ])('keeps two namespaces of one backend apart: %s', async (_name, create) => {
    const inner = create();
    const [a, b] = [namespaced(inner, 'a:'), namespaced(inner, 'b:')];
    await a.set('k', entry('a'));
    await b.set('k', entry('b'));
    await a.set('\0k', entry('internal a'));
    await b.set('\0k', entry('internal b'));
    expect((await a.get('k'))?.value).toBe('a');
    expect((await b.get('k'))?.value).toBe('b');
    expect((await a.get('\0k'))?.value).toBe('internal a');
    expect(await all(a.keys())).toEqual(['k']);
    expect(await all(a.keys('\0'))).toEqual(['\0k']);
    expect(await all(inner.keys())).toEqual(['a:k', 'b:k']);
    expect(await a.delete('k')).toBe(true);
    expect((await b.get('k'))?.value).toBe('b');
    if (a.acquire && b.acquire) {
      expect(await a.acquire('lease', 't', 1000)).toEqual({ granted: true });
      expect(await b.acquire('lease', 'u', 1000)).toEqual({ granted: true });
      expect(await all(a.occupied?.() ?? [])).toEqual(['lease']);
    }
    await a.clear();
    expect((await b.get('k'))?.value).toBe('b');
    expect((await b.get('\0k'))?.value).toBe('internal b');
    expect(await a.get('\0k')).toBeUndefined();
  });

  it('clears a literal prefix inside itself, and leaves its internal keys then', async () => {
    const backend = namespaced(memory({ clock }), 'a:');
    for (const key of ['x1', 'x2', 'y', '\0x']) await backend.set(key, entry(key));
    await backend.clear('x');
    expect(await all(backend.keys())).toEqual(['y']);
    expect((await backend.get('\0x'))?.value).toBe('\0x');
  });

  it('nests', async () => {
    const inner = memory({ clock });
    const nested = namespaced(namespaced(inner, 'a:'), 'b:');
    await nested.set('k', entry(1));
    await nested.set('\0k', entry(2));
    expect(inner.get('a:b:k')?.value).toBe(1);
    expect(inner.get('\0a:b:k')?.value).toBe(2);
    expect(await all(nested.keys('\0'))).toEqual(['\0k']);
  });

  it('stays in its tick', () => {
    const backend = namespaced(memory({ clock }), 'a:');
    void backend.set('k', entry(1));
    expect(backend.get('k')).toMatchObject({ value: 1 });
    expect(backend.pin?.('k')?.entry.value).toBe(1);
  });
});
