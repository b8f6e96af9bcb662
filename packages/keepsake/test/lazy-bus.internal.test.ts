import { type Bus, type BusMessage, localBus } from 'keepsake';
import { LazyBus } from '../src/registry/lazy-bus.js';

const about = (key: string): BusMessage => ({ type: 'keys', keys: [key] });

/** A bus that comes when the test says so, and another one that hears it. */
function late(): {
  bus: LazyBus;
  other: Bus;
  heard: unknown[];
  arrive(): Promise<void>;
  fail(): Promise<void>;
  loads(): number;
} {
  const hub = localBus();
  const other = hub.connect();
  const heard: unknown[] = [];
  other.subscribe({ message: (message) => heard.push(message), gap() {} });
  const waiting: { resolve(bus: Bus): void; reject(error: Error): void }[] = [];
  let loads = 0;
  const load = (): Promise<Bus> => {
    loads++;
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    bus: new LazyBus('late', load),
    other,
    heard,
    arrive() {
      for (const { resolve } of waiting.splice(0)) resolve(hub.connect());
      return settled();
    },
    fail() {
      for (const { reject } of waiting.splice(0)) reject(new Error('not installed'));
      return settled();
    },
    loads: () => loads,
  };
}

describe('the bus of a backend that is not there yet', () => {
  it('sends what was published meanwhile, in order, and hears from then on', async () => {
    const { bus, other, heard, arrive } = late();
    const messages: BusMessage[] = [];
    bus.subscribe({ message: (message) => messages.push(message), gap() {} });
    expect(bus.connected).toBe(false);
    bus.publish(about('a'));
    bus.publish(about('b'));
    other.publish(about('too early'));
    expect(heard).toEqual([]);
    await arrive();
    expect(heard).toEqual([about('a'), about('b')]);
    expect(bus.connected).toBe(true);
    other.publish(about('c'));
    bus.publish(about('d'));
    expect(messages).toEqual([about('c')]);
    expect(heard.at(-1)).toEqual(about('d'));
  });

  it('is loaded once, and again by the next message where that failed', async () => {
    const { bus, heard, loads, arrive, fail } = late();
    bus.publish(about('a'));
    bus.publish(about('b'));
    expect(loads()).toBe(1);
    await fail();
    expect(bus.connected).toBe(false);
    bus.publish(about('c'));
    expect(loads()).toBe(2);
    await arrive();
    expect(heard).toEqual([about('c')]);
  });

  it('hears nothing after the end of a subscription, wherever that falls', async () => {
    const { bus, other, arrive } = late();
    const messages: BusMessage[] = [];
    const end = bus.subscribe({ message: (message) => messages.push(message), gap() {} });
    const later = bus.subscribe({ message: (message) => messages.push(message), gap() {} });
    end();
    await arrive();
    other.publish(about('a'));
    later();
    other.publish(about('b'));
    expect(messages).toEqual([about('a')]);
  });

  it('is closed when it comes, and takes nothing any more', async () => {
    const { bus, other, heard, arrive } = late();
    const messages: BusMessage[] = [];
    bus.subscribe({ message: (message) => messages.push(message), gap() {} });
    const closing = bus.close();
    bus.publish(about('a'));
    await arrive();
    await closing;
    other.publish(about('b'));
    expect(heard).toEqual([]);
    expect(messages).toEqual([]);
  });

  it('that was never asked for is never loaded', async () => {
    const { bus, loads } = late();
    await bus.close();
    expect(loads()).toBe(0);
  });
});
