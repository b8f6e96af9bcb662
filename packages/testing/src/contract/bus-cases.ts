import type { BusMessage } from '@keepsake/core';
import { type BusTrial, listenTo } from './bus-trial.js';

/** Every case of the bus contract, by a sentence of behaviour. */
export const busCases: Readonly<Record<string, (trial: BusTrial) => Promise<void>>> = {
  'brings what one publishes to all others, in order': async (t) => {
    const sender = await t.connect();
    const others = [await t.listening(), await t.listening(), await t.listening()];
    const sent = numbered('k', 20);
    for (const message of sent) sender.publish(message);
    for (const other of others) await t.hears(other, sent);
  },
  'brings nothing back to who published it': async (t) => {
    const [a, b] = [await t.listening(), await t.listening()];
    a.bus.publish(about('own'));
    await t.hears(b, [about('own')]);
    b.bus.publish(about('of the other'));
    await t.hears(a, [about('of the other')]);
  },
  'keeps the order of many messages of one tick': async (t) => {
    const sender = await t.connect();
    const other = await t.listening();
    const sent = numbered('k', 3000);
    for (const message of sent) sender.publish(message);
    await t.hears(other, sent);
  },
  'keeps the order of messages of several ticks': async (t) => {
    const sender = await t.connect();
    const other = await t.listening();
    const sent = numbered('k', 200);
    for (const [i, message] of sent.entries()) {
      sender.publish(message);
      if (i % 7 === 0) await Promise.resolve();
      if (i % 20 === 0) await t.until('a moment later', later());
    }
    await t.hears(other, sent);
  },
  'brings the messages of several to all in one order': async (t) => {
    const senders = [await t.connect(), await t.connect(), await t.connect()];
    const [a, b] = [await t.listening(), await t.listening()];
    for (let i = 0; i < 100; i++) {
      for (const [s, sender] of senders.entries()) sender.publish(about(`${s}:${i}`));
      if (i % 10 === 0) await Promise.resolve();
    }
    await t.until('all heard', () => a.messages.length >= 300 && b.messages.length >= 300);
    t.equal('the order of one and the other', a.messages, b.messages);
  },
  'brings messages to every listener of a bus, until it unsubscribes': async (t) => {
    const sender = await t.connect();
    const first = await t.listening();
    const second = listenTo(first.bus);
    sender.publish(about('both'));
    await t.hears(first, [about('both')]);
    await t.hears(second, [about('both')]);
    second.unsubscribe();
    second.unsubscribe();
    sender.publish(about('one'));
    await t.hears(first, [about('both'), about('one')]);
    t.equal('messages after it unsubscribed', second.messages, [about('both')]);
  },
  'tells a late subscriber nothing of before': async (t) => {
    const sender = await t.connect();
    const early = await t.listening();
    sender.publish(about('before'));
    await t.hears(early, [about('before')]);
    const late = await t.listening();
    sender.publish(about('after'));
    await t.hears(late, [about('after')]);
  },
  'keeps channels apart': async (t) => {
    const [a, b] = [await t.listening('one'), await t.listening('other')];
    const [toA, toB] = [await t.connect('one'), await t.connect('other')];
    toA.publish(about('a'));
    toB.publish(about('b'));
    await t.hears(a, [about('a')]);
    await t.hears(b, [about('b')]);
  },
  'carries every kind of message': async (t) => {
    const sender = await t.connect();
    const other = await t.listening();
    for (const message of KINDS) sender.publish(message);
    await t.hears(other, KINDS);
  },
  'carries hostile keys': async (t) => {
    const sender = await t.connect();
    const other = await t.listening();
    const sent: BusMessage[] = [
      { type: 'keys', keys: HOSTILE },
      { type: 'tags', markers: HOSTILE },
      { type: 'clear', prefixes: HOSTILE },
      ...HOSTILE.map((text): BusMessage => ({ type: 'pattern', prefix: text, pattern: text })),
      ...HOSTILE.map((key): BusMessage => ({ type: 'settled', key, stored: true })),
    ];
    for (const message of sent) sender.publish(message);
    await t.hears(other, sent);
  },
  'carries a megabyte of keys': async (t) => {
    const sender = await t.connect();
    const other = await t.listening();
    const keys = Array.from({ length: 10_000 }, (_, i) => `${i}:${'x'.repeat(100)}`);
    const sent: BusMessage[] = [
      { type: 'keys', keys },
      { type: 'keys', keys: ['y'.repeat(1_000_000)] },
      about('after'),
    ];
    for (const message of sent) sender.publish(message);
    await t.hears(other, sent);
  },
  'publishes nothing once it is closed': async (t) => {
    const [closed, sender] = [await t.listening(), await t.connect()];
    const other = await t.listening();
    await closed.bus.close?.();
    closed.bus.publish(about('never'));
    sender.publish(about('later'));
    await t.hears(other, [about('later')]);
  },
  'hears nothing once it is closed': async (t) => {
    const sender = await t.connect();
    const [closed, other] = [await t.listening(), await t.listening()];
    await closed.bus.close?.();
    const after = listenTo(closed.bus);
    sender.publish(about('later'));
    await t.hears(other, [about('later')]);
    t.equal('messages after it was closed', [...closed.messages, ...after.messages], []);
  },
  'brings what was published before it was closed, and closes twice': async (t) => {
    const sender = await t.connect();
    const other = await t.listening();
    const sent = numbered('k', 50);
    for (const message of sent) sender.publish(message);
    await sender.close?.();
    await sender.close?.();
    await t.hears(other, sent);
  },
};

/** One of every kind, with and without what is optional. */
const KINDS: readonly BusMessage[] = [
  { type: 'keys', keys: ['keepsake:a', 'keepsake:b'] },
  { type: 'keys', keys: [] },
  { type: 'tags', markers: ['\0tag:keepsake:t'] },
  { type: 'tags', markers: ['\0tag:keepsake:t'], created: true },
  { type: 'pattern', prefix: 'keepsake:', pattern: 'user:*' },
  { type: 'pattern', prefix: 'keepsake:', pattern: '^user:\\d+$', flags: 'iu' },
  { type: 'pattern', prefix: '', pattern: '', flags: '' },
  { type: 'clear', prefixes: ['keepsake:', 'keepsake/'] },
  { type: 'settled', key: 'keepsake:a', stored: true },
  { type: 'settled', key: 'keepsake:a', stored: false },
];

const HOSTILE: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  'a\r\nb',
  'a\u2028b',
  '"\\"',
  '{"type":"gap"}',
  '\ud800',
  'a\udc00b',
  '\udc00\ud800',
  '\ufffd',
  '😀',
  '\u{1f469}\u200d\u{1f467}',
  'é',
  'e\u0301',
  '*?[a]{b,c}\\',
  '__proto__',
  'constructor',
];

function about(key: string): BusMessage {
  return { type: 'keys', keys: [key] };
}

function numbered(name: string, count: number): readonly BusMessage[] {
  return Array.from({ length: count }, (_, i) => about(`${name}${i}`));
}

/** False once, then true. */
function later(): () => boolean {
  let asked = 0;
  return () => asked++ > 0;
}
