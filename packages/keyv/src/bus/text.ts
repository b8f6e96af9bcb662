import type { BusMessage } from '@keepsake/core';

/** Tells all others that messages were lost: no message of ours, which a reader takes for a gap. */
export const LOST_MESSAGES = '{"type":"gap"}';

/** `message` as it travels: JSON, which escapes NULs and lone surrogates. What JSON cannot carry is a gap for all others. */
export function messageText(message: BusMessage): string {
  try {
    return JSON.stringify(message);
  } catch {
    return LOST_MESSAGES;
  }
}

/** The message that `text` was made of; nothing if it is none that this version knows, so that it may have meant anything. */
export function messageOfText(text: string): BusMessage | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isMessage(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

type Check = (message: Readonly<Record<string, unknown>>) => boolean;

const SOUND: Readonly<Record<BusMessage['type'], Check>> = {
  keys: ({ keys }) => areTexts(keys),
  tags: ({ markers, created }) => areTexts(markers) && (created === undefined || created === true),
  pattern: ({ prefix, pattern, flags = '' }) => [prefix, pattern, flags].every(isText),
  clear: ({ prefixes }) => areTexts(prefixes),
  settled: ({ key, stored }) => isText(key) && typeof stored === 'boolean',
};

function isMessage(parsed: unknown): parsed is BusMessage {
  if (typeof parsed !== 'object' || parsed === null) return false;
  const message = parsed as Readonly<Record<string, unknown>>;
  const { type } = message;
  return isText(type) && Object.hasOwn(SOUND, type) && SOUND[type as BusMessage['type']](message);
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
