import type { Entry } from '../contract/entry.js';
import { CacheSerializationError } from '../errors.js';
import { corrupt, readBack, storedObject, storedText } from './corrupt.js';
import type { ValueText } from './tagged-json.js';

const VERSION = 1;
const FLAGS = { plain: 'p', tagged: 't' } as const;

/** `K`, the version, the flags; then created, stale, expires and, if there are any, the tags as JSON. */
const HEADER = /^K(\d{1,9})([a-z]+) (\S+) (\S+) (\S+)(?: (.+))?$/;

/**
 * One entry as text: a line of header, a line of payload.
 *
 * ```text
 * K1p 1767225600000 1767225900000 forever {"team:7":"x1.a"}
 * {"name":"Ada"}
 * ```
 *
 * Neither JSON nor the header can hold a line break, so that a text cut off anywhere is known by its end. A later
 * version may put anything behind the first line, and says so by the version or by a flag.
 *
 * @throws CacheSerializationError if an instant is no number or a tag's nonce no text
 */
export function seal(head: Omit<Entry, 'value'>, value: ValueText): string {
  const { createdAt, staleAt, expiresAt, tags } = head;
  const stale = instantText(staleAt);
  const expires = expiresAt === staleAt ? stale : instantText(expiresAt);
  const labels = tags ? ` ${tagsText(tags)}` : '';
  return `K${VERSION}${FLAGS[value.form]} ${instantText(createdAt)} ${stale} ${expires}${labels}\n${value.text}\n`;
}

/**
 * The entry that `seal` was given, its value read by `read`. Bytes are taken as UTF-8.
 *
 * @throws CacheSerializationError if `data` is anything else
 */
export function unseal(data: string | Uint8Array, read: (value: ValueText) => unknown): Entry {
  const text = textOf(data);
  const end = text.indexOf('\n');
  const header = HEADER.exec(text.slice(0, end));
  if (end < 0 || !header) throw corrupt('it has no header');
  const [, version, flags, created, stale, expires, labels] = header;
  if (version !== String(VERSION)) throw corrupt(`it has version ${version}, this is version ${VERSION}`);
  if (end === text.length - 1 || !text.endsWith('\n')) throw corrupt('it is cut off');
  const form = formOf(flags);
  const createdAt = instant(created);
  const staleAt = instant(stale);
  const expiresAt = expires === stale ? staleAt : instant(expires);
  const tags = labels === undefined ? undefined : tagsOf(labels);
  const value = read({ form, text: text.slice(end + 1, -1) });
  return tags ? { value, createdAt, staleAt, expiresAt, tags } : { value, createdAt, staleAt, expiresAt };
}

function instantText(instant: unknown): string {
  if (instant === Number.POSITIVE_INFINITY) return 'forever';
  if (Number.isFinite(instant)) return String(instant);
  throw new CacheSerializationError(
    `An entry has the instant ${String(instant)}: createdAt, staleAt and expiresAt must be epoch ms or Infinity.`,
  );
}

function tagsText(tags: Readonly<Record<string, string>>): string {
  for (const [tag, nonce] of Object.entries(tags)) {
    if (typeof nonce !== 'string') {
      throw new CacheSerializationError(
        `The tag ${JSON.stringify(tag)} of an entry has no nonce: a text is needed.`,
      );
    }
  }
  return JSON.stringify(tags);
}

function textOf(data: string | Uint8Array): string {
  if (typeof data === 'string') return data;
  if (!ArrayBuffer.isView(data)) throw corrupt('it is neither text nor bytes');
  // Strict: a replaced character would be another value, a dropped byte order mark another text.
  return readBack('it is no UTF-8', () =>
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data),
  );
}

function instant(text: string | undefined): number {
  if (text === 'forever') return Number.POSITIVE_INFINITY;
  const value = Number(text);
  // One text per number: anything else was not written here.
  if (!Number.isFinite(value) || String(value) !== text) throw corrupt('an instant is no number');
  return value;
}

function tagsOf(text: string): Readonly<Record<string, string>> {
  const tags = storedObject(readBack('its tags are no JSON', () => JSON.parse(text) as unknown));
  for (const nonce of Object.values(tags)) storedText(nonce);
  return tags as Record<string, string>;
}

function formOf(flags: string | undefined): ValueText['form'] {
  if (flags === FLAGS.plain) return 'plain';
  if (flags === FLAGS.tagged) return 'tagged';
  throw corrupt('it has unknown flags');
}
