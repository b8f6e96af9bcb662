import { type BusMessage, CacheConfigError, localBus } from '@keepsake/core';
import { type ChaosBusOptions, chaosBus, manualClock } from '@keepsake/testing';

/** A process with an unreliable bus, another with a good one, and what each heard. */
function setup(options: ChaosBusOptions = {}) {
  const clock = manualClock();
  const hub = localBus();
  const bus = chaosBus(hub.connect(), { clock, ...options });
  const other = hub.connect();
  const heard: string[] = [];
  const otherHeard: string[] = [];
  const listen = (log: string[]) => ({
    message: (message: BusMessage) =>
      void log.push(message.type === 'keys' ? message.keys.join() : message.type),
    gap: () => void log.push('gap'),
  });
  bus.subscribe(listen(heard));
  other.subscribe(listen(otherHeard));
  const say = (key: string) => other.publish({ type: 'keys', keys: [key] });
  return { bus, clock, heard, otherHeard, say };
}

describe('chaosBus', () => {
  it('carries messages both ways while it is calm', () => {
    const { bus, heard, otherHeard, say } = setup();
    say('a');
    bus.publish({ type: 'keys', keys: ['b'] });
    expect([heard, otherHeard]).toEqual([['a'], ['b']]);
    expect(bus.connected).toBe(true);
  });

  it('says that there is a gap after it was cut, and sends what waited', () => {
    const { bus, heard, otherHeard, say } = setup();
    bus.controls.cut();
    expect(bus.connected).toBe(false);
    say('missed');
    bus.publish({ type: 'keys', keys: ['waiting'] });
    expect([heard, otherHeard]).toEqual([[], []]);
    bus.controls.heal();
    expect([heard, otherHeard]).toEqual([['gap'], ['waiting']]);
    expect(bus.connected).toBe(true);
    say('b');
    expect(heard).toEqual(['gap', 'b']);
  });

  it('replays what was missed instead, in order', () => {
    const { bus, heard, say } = setup();
    bus.controls.cut();
    say('a');
    say('b');
    bus.controls.heal('replay');
    bus.controls.heal('replay');
    expect(heard).toEqual(['a', 'b']);
  });

  it('loses messages without a word, as many as it was told', () => {
    const { bus, heard, say } = setup();
    bus.controls.dropNext(2);
    for (const key of ['a', 'b', 'c']) say(key);
    expect(heard).toEqual(['c']);
  });

  it('loses messages by a chance that the seed decides', () => {
    const run = (seed: number) => {
      const { heard, say } = setup({ seed, drop: 0.5 });
      for (let i = 0; i < 50; i++) say(String(i));
      return heard.join();
    };
    expect(run(3)).toBe(run(3));
    expect(run(3)).not.toBe(run(4));
    expect(run(3).split(',').length).toBeLessThan(40);
  });

  it('delays messages by the clock', async () => {
    const { bus, clock, heard, say } = setup({ delay: 50 });
    say('a');
    await clock.advance(49);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual(['a']);
    bus.controls.delay(0);
    say('b');
    expect(heard).toEqual(['a', 'b']);
  });

  it('loses what is under way when the connection is cut', async () => {
    const { bus, clock, heard, say } = setup({ delay: 50 });
    say('a');
    bus.controls.cut();
    await clock.advance(50);
    bus.controls.heal();
    expect(heard).toEqual(['gap']);
  });

  it('hears nothing more after it is closed', async () => {
    const { bus, heard, say } = setup();
    await bus.close?.();
    say('a');
    expect(heard).toEqual([]);
  });

  it('refuses nonsense', () => {
    expect(() => setup({ drop: 1.5 })).toThrow(CacheConfigError);
    expect(() => setup({ delay: -1 })).toThrow('chaosBus: delay: -1 is not a duration');
  });
});
