import { type Cache, createCache, localBus, tiered } from '@keepsake/core';
import { memory } from '@keepsake/memory';
import { manualClock, sharedMemory, type Travel } from '@keepsake/testing';

/** What explorations found, shrunk to one order of events. */
describe('a node whose question for a lease was answered, and the answer is on its way', () => {
  const clock = manualClock();
  const server = sharedMemory({ clock });
  const hub = localBus();

  function node(travel: Travel = (_operation, _key, work) => work()): Cache {
    const backend = tiered([memory({ clock }), server.connect({ clock, travel })]);
    return createCache({ backend, bus: hub.connect(), clock, ttl: 'forever' });
  }

  /** Answers to `acquire` wait for the moment. */
  function answeredAt(moment: Promise<void>): Travel {
    return async (operation, _key, work) => {
      const answer = work();
      if (operation === 'acquire') await moment;
      return answer;
    };
  }

  it('asks again at once when the load that held it is over by then', async () => {
    const [loaded, answered] = [later<string>(), later<void>()];
    const [holder, waiter] = [node(), node(answeredAt(answered.promise))];
    const first = holder.getOrSet('over', () => loaded.promise);
    await clock.advance(0);
    const seen: string[] = [];
    void waiter.getOrSet('over', () => 'loaded again').then((value) => seen.push(value));
    await clock.advance(0);
    loaded.resolve('loaded');
    await first;
    await clock.advance(0);
    answered.resolve();
    await clock.advance(0);
    expect(seen).toEqual(['loaded']);
  });

  it('asks again at once when it has itself voided the lease by then', async () => {
    const [loaded, answered] = [later<string>(), later<void>()];
    const [holder, waiter] = [node(), node(answeredAt(answered.promise))];
    const first = holder.getOrSet('void', () => loaded.promise);
    await clock.advance(0);
    const seen: string[] = [];
    void waiter.getOrSet('void', () => 'loaded again').then((value) => seen.push(value));
    await clock.advance(0);
    await waiter.delete('void');
    answered.resolve();
    await clock.advance(0);
    expect(seen).toEqual(['loaded again']);
    loaded.resolve('loaded');
    await first;
  });
});

function later<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
