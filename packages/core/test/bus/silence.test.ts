import type { Bus, BusListener } from '@keepsake/core';
import { Fleet, type Node } from '../cache/fleet.js';

const HOUR = { ttl: '1h' } as const;

/** A bus that falls silent and is heard again when the test says so. */
function mutable(inner: Bus): Bus & { fall(): void; rise(): void } {
  const listeners: BusListener[] = [];
  let connected = true;
  return {
    name: 'mutable',
    get connected() {
      return connected;
    },
    publish: (message) => inner.publish(message),
    subscribe(listener) {
      listeners.push(listener);
      return inner.subscribe({ ...listener, message: (message) => connected && listener.message(message) });
    },
    fall() {
      connected = false;
      for (const { lost } of listeners) lost?.(new Error('cut'));
    },
    rise() {
      connected = true;
    },
  };
}

describe('a bus that cannot be heard', () => {
  function pair(): { fleet: Fleet; a: Node; b: Node; bus: ReturnType<typeof mutable> } {
    const fleet = new Fleet();
    const bus = mutable(fleet.hub.connect());
    return { fleet, bus, a: fleet.node(), b: fleet.node({ bus }) };
  }

  it('leaves what is in front for 10 s at most, as long as the shared tier answers', async () => {
    const { fleet, a, b, bus } = pair();
    await a.cache.set('k', 'old', HOUR);
    expect(await b.cache.get('k')).toBe('old');
    bus.fall();
    await a.cache.delete('k');
    await fleet.clock.advance(9999);
    expect(await b.cache.get('k')).toBe('old');
    await fleet.clock.advance(1);
    expect(await b.cache.get('k')).toBeUndefined();
  });

  it('drops it again and again while it lasts, and no more once it is heard', async () => {
    const { fleet, a, b, bus } = pair();
    bus.fall();
    await fleet.clock.advance(10_000);
    await a.cache.set('k', 'old', HOUR);
    expect(await b.cache.get('k')).toBe('old');
    await fleet.clock.advance(10_000);
    expect(b.front.get('keepsake:k')).toBeUndefined();
    await b.cache.get('k');
    bus.rise();
    await fleet.clock.advance(100_000);
    expect(b.front.get('keepsake:k')).toBeDefined();
    bus.fall();
    await fleet.clock.advance(10_000);
    expect(b.front.get('keepsake:k')).toBeUndefined();
  });

  it('costs no hit while the shared tier does not answer either', async () => {
    const { fleet, a, b, bus } = pair();
    await a.cache.set('k', 'v', HOUR);
    await b.cache.get('k');
    bus.fall();
    b.wire.controls.down();
    await fleet.clock.advance(60_000);
    expect(await b.cache.get('k')).toBe('v');
    b.wire.controls.up();
    await fleet.clock.advance(10_000);
    expect(b.front.get('keepsake:k')).toBeUndefined();
  });

  it('says so once, and keeps nothing going after close', async () => {
    const { fleet, b, bus } = pair();
    const errors: unknown[] = [];
    b.cache.on('tierError', (failure) => errors.push(failure));
    bus.fall();
    await fleet.clock.advance(60_000);
    expect(errors).toMatchObject([{ tier: 'mutable', operation: 'subscribe' }]);
    await Promise.all([b.cache.close(), fleet.clock.advance(2000)]);
    const asked = b.wire.controls.calls.ping;
    await fleet.clock.advance(60_000);
    expect(b.wire.controls.calls.ping).toBe(asked);
  });
});
