import { type Bus, type BusMessage, localBus } from '@keepsake/core';
import { type BusHub, busContract, type ContractRunner, chaosBus } from '@keepsake/testing';

const runner = { describe, it, expect };

/** One local hub per channel; `wrap` stands between it and who connects. */
function hub(wrap = (bus: Bus): Bus => bus): BusHub {
  const channels = { one: localBus(), other: localBus() };
  return { connect: (channel) => wrap(channels[channel as keyof typeof channels].connect()) };
}

busContract('localBus', runner, { create: () => hub() });
busContract('chaosBus, calm', runner, { create: () => hub((bus) => chaosBus(bus)) });
busContract('chaosBus, late', runner, { create: () => hub((bus) => chaosBus(bus, { delay: 5 })) });

describe('the bus contract', () => {
  /** The cases that `broken` fails. */
  async function failing(broken: (bus: Bus) => Bus): Promise<string[]> {
    const bodies = new Map<string, () => Promise<void>>();
    const failed: string[] = [];
    let current = '';
    const trying: ContractRunner = {
      describe: (_name, body) => body(),
      it: (name, body) => void bodies.set(name, body),
      expect: (actual) => ({ toBe: (expected) => actual === expected || failed.push(current) }),
    };
    busContract('broken', trying, { create: () => hub(broken) });
    for (const [name, body] of bodies) {
      current = name;
      await body();
    }
    return [...new Set(failed)];
  }

  /** Every message is changed on its way out. */
  const changing =
    (change: (message: BusMessage, bus: Bus) => void) =>
    (bus: Bus): Bus => ({
      name: bus.name,
      connected: true,
      publish: (message) => change(message, bus),
      subscribe: (listener) => bus.subscribe(listener),
      close: () => bus.close?.(),
    });

  it.each<[string, (message: BusMessage, bus: Bus) => void, string]>([
    [
      'carries UTF-8',
      (message, bus) => bus.publish(JSON.parse(Buffer.from(raw(message)).toString()) as BusMessage),
      'carries hostile keys',
    ],
    [
      'forgets that markers were created',
      (message, bus) =>
        bus.publish(message.type === 'tags' ? { ...message, created: undefined as never } : message),
      'carries every kind of message',
    ],
  ])('catches one that %s', async (_what, change, sentence) => {
    expect(await failing(changing(change))).toContain(sentence);
  });

  it('catches one that echoes', async () => {
    const listeners = new Set<(message: BusMessage) => void>();
    const echoing = (bus: Bus): Bus => ({
      name: bus.name,
      connected: true,
      publish: (message) => {
        bus.publish(message);
        for (const listener of listeners) listener(message);
      },
      subscribe: (listener) => {
        listeners.add((message) => listener.message(message));
        return bus.subscribe(listener);
      },
    });
    expect(await failing(echoing)).toContain('brings nothing back to who published it');
  });

  it('refuses to skip what does not exist', () => {
    expect(() => busContract('x', runner, { create: () => hub(), skip: ['flies'] })).toThrow(
      "busContract: skip names 'flies'",
    );
  });

  /** JSON in which nothing is escaped that UTF-8 could carry, were it sound. */
  function raw(message: BusMessage): string {
    return JSON.stringify(message).replace(/\\ud([89a-f]..)/g, (_all, rest: string) =>
      String.fromCharCode(Number.parseInt(`d${rest}`, 16)),
    );
  }
});
