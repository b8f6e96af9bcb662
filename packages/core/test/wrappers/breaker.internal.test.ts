import { CacheConnectionError, CacheTimeoutError } from '@keepsake/core';
import {
  Breaker,
  type BreakerEvent,
  type BreakerState,
  nextBreakerState,
} from '../../src/wrappers/breaker.js';

describe('the state of a breaker', () => {
  it.each<[BreakerState, BreakerEvent, BreakerState]>([
    ['closed', 'answer', 'closed'],
    ['closed', 'timeout', 'open'],
    ['closed', 'probe', 'closed'],
    ['open', 'answer', 'closed'],
    ['open', 'timeout', 'open'],
    ['open', 'probe', 'halfOpen'],
    ['halfOpen', 'answer', 'closed'],
    ['halfOpen', 'timeout', 'open'],
    ['halfOpen', 'probe', 'halfOpen'],
  ])('%s, after %s: %s', (state, event, next) => {
    expect(nextBreakerState(state, event)).toBe(next);
  });
});

describe('a breaker', () => {
  const late = (): Promise<never> => Promise.reject(new CacheTimeoutError('late'));
  const opened = jest.fn();
  let breaker: Breaker;
  beforeEach(() => {
    opened.mockReset();
    breaker = new Breaker(opened);
  });

  it('opens at the first timeout, and says so', async () => {
    await expect(breaker.watch(late)).rejects.toThrow('late');
    expect(breaker.open).toBe(true);
    expect(opened).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['a connection error', new CacheConnectionError('refused')],
    ['an error of somebody else', new Error('foreign')],
  ])('stays closed after %s, thrown or rejected: what fails at once costs nothing', async (_, error) => {
    await expect(breaker.watch(() => Promise.reject(error))).rejects.toBe(error);
    expect(() =>
      breaker.watch(() => {
        throw error;
      }),
    ).toThrow(error);
    expect(breaker.open).toBe(false);
  });

  it('stays closed where something was heard since the operation began: slow is not mute', async () => {
    let expire!: (error: Error) => void;
    const slow = Promise.resolve(breaker.watch(() => new Promise<void>((_, reject) => (expire = reject))));
    expect(breaker.watch(() => 'at hand')).toBe('at hand');
    expire(new CacheTimeoutError('late'));
    await expect(slow).rejects.toThrow('late');
    expect(breaker.open).toBe(false);
  });

  it('stays open after a probe that is late, and closes after one that is answered or fails at once', async () => {
    for (const answer of [
      () => Promise.resolve(),
      () => 'at hand',
      () => Promise.reject(new Error('refused')),
    ]) {
      await expect(breaker.watch(late)).rejects.toThrow('late');
      expect(await breaker.probe(late)).toBe(false);
      expect(breaker.open).toBe(true);
      expect(await breaker.probe(answer)).toBe(true);
      expect(breaker.open).toBe(false);
    }
  });

  it('is open while a probe is under way', async () => {
    await expect(breaker.watch(late)).rejects.toThrow('late');
    const probing = breaker.probe(async () => expect(breaker.open).toBe(true));
    expect(await probing).toBe(true);
    expect.assertions(3);
  });
});
