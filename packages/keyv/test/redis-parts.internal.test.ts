import { type Clock, jsonCodec } from '@keepsake/core';
import { Deadlines } from '../src/connection/deadlines.js';
import { reconnectDelay } from '../src/connection/reconnect-delay.js';
import { fromWire, toWire, wirePrefix } from '../src/connection/wire-key.js';
import { matchOf } from '../src/redis/scan.js';
import { isOurs, pack, unpack } from '../src/redis/value.js';
import { byteCodec, plainCodec } from './plain-codec.js';

/** Time that moves when it is told to. */
function handClock(): Clock & { advance(ms: number): void; timers(): number } {
  let now = 0;
  const timers = new Map<object, { at: number; task: () => void }>();
  return {
    now: () => now,
    after(delay, task) {
      const timer = { cancel: () => void timers.delete(timer) };
      timers.set(timer, { at: now + delay, task });
      return timer;
    },
    advance(ms) {
      now += ms;
      for (const [timer, { at, task }] of timers) {
        if (at > now) continue;
        timers.delete(timer);
        task();
      }
    },
    timers: () => timers.size,
  };
}

const never = new Promise<never>(() => {});
const late = (): Error => new Error('late');

describe('Deadlines', () => {
  it('pass on what comes in time, and then run no timer', async () => {
    const clock = handClock();
    const deadlines = new Deadlines(clock, 100);
    await expect(deadlines.within(Promise.resolve(1), late)).resolves.toBe(1);
    await expect(deadlines.within(Promise.reject(new Error('own')), late)).rejects.toThrow('own');
    expect(deadlines.size).toBe(0);
    expect(clock.timers()).toBe(0);
  });

  it('reject each that is late, at its own time, on one timer', async () => {
    const clock = handClock();
    const deadlines = new Deadlines(clock, 100);
    const first = expect(deadlines.within(never, late)).rejects.toThrow('late');
    clock.advance(60);
    const second = expect(deadlines.within(never, late)).rejects.toThrow('late');
    expect(clock.timers()).toBe(1);
    clock.advance(40);
    expect(deadlines.size).toBe(1);
    await first;
    clock.advance(60);
    await second;
    expect(clock.timers()).toBe(0);
  });

  it('drain when nothing is pending any more, or when that takes too long', async () => {
    const clock = handClock();
    const deadlines = new Deadlines(clock, 100);
    await deadlines.drained(10);
    const pending = deadlines.within(never, late).catch(() => 'abandoned');
    const drained = deadlines.drained(10);
    clock.advance(10);
    await drained;
    expect(deadlines.size).toBe(1);
    deadlines.abandon(late);
    await expect(pending).resolves.toBe('abandoned');
    expect(clock.timers()).toBe(0);
  });
});

describe('reconnectDelay', () => {
  it('grows to half a second and allows at most 20 attempts in 8 s', () => {
    let [at, attempts] = [0, 1];
    while (at < 8000) at += reconnectDelay(attempts++, 0);
    expect(attempts).toBeLessThanOrEqual(20);
    expect(reconnectDelay(100, 0.999)).toBeLessThan(600);
  });
});

describe('a key on the wire', () => {
  it.each(['', 'plain', '\0internal', 'ä😀\ufffd', '\ud800', 'a\udc00b\ud800', '\ud800\ud800\udc00'])(
    'comes back as it went: %j',
    (key) => {
      const wire = toWire(key);
      expect(fromWire(Buffer.from(wire as string))).toBe(key);
    },
  );

  it('shares the start of its prefix up to a lone surrogate', () => {
    expect(wirePrefix('a\ud800b')).toBe('a');
    expect(matchOf('a*[b]?\\c\ud800')).toBe('a\\*\\[b\\]\\?\\\\c*');
  });
});

describe('a packed entry', () => {
  const entry = {
    value: 'x',
    createdAt: 1.25,
    staleAt: 2,
    expiresAt: Number.POSITIVE_INFINITY,
    loadTime: 12.5,
    tags: { a: 'n' },
  };

  it.each([plainCodec, byteCodec, jsonCodec()])('comes back whole through the $name codec', (codec) => {
    expect(unpack(codec, pack(codec, entry), 0)).toEqual(entry);
    const { loadTime: _, ...untimed } = { ...entry, staleAt: Number.POSITIVE_INFINITY, expiresAt: 3 };
    expect(unpack(codec, pack(codec, untimed), 0)).toStrictEqual(untimed);
  });

  it('is nothing any more where only a lease has kept it', () => {
    const packed = pack(plainCodec, { ...entry, expiresAt: 3 });
    expect(unpack(plainCodec, packed, 2.9)).toMatchObject({ value: 'x' });
    expect(unpack(plainCodec, packed, 3)).toBeUndefined();
  });

  it('is nothing where it was cut, flipped or is foreign', () => {
    const packed = pack(plainCodec, entry);
    for (let length = 0; length < packed.length; length++) {
      expect(unpack(plainCodec, packed.subarray(0, length), 0)).toBeUndefined();
    }
    expect(isOurs(Buffer.from('Elephant'))).toBe(false);
    expect(isOurs(packed)).toBe(true);
  });
});
