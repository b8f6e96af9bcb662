import type { Entry } from '../contract/entry.js';
import { CacheSerializationError } from '../errors.js';
import { corrupt, readBack, storedObject, storedText } from './corrupt.js';
import type { ValueText } from './tagged-json.js';

const VERSION = 1;
const FLAGS = { plain: 'p', tagged: 't', timed: 'l' } as const;

/**
 * `K`, the version, the flags; then created, stale, expires and, if there are any, the load time and the tags as JSON,
 * which escapes line feeds but not all line breaks.
 */
const HEADER = /^K(\d{1,9})([a-z]+) (\S+) (\S+) (\S+)(?: (.+))?$/s;

/**
 * One entry as text: a line of header, a line of payload.
 *
 * ```text
 * K1p 1767225600000 1767225900000 forever {"team:7":"x1.a"}
 * {"name":"Ada"}
 * ```
 *
 * The first flag is the form of the payload: `p` for plain JSON, `t` for JSON with tagged kinds. An `l` behind it says that
 * the load time, in ms, stands in front of the tags: `K1pl 1767225600000 1767225900000 forever 41.5 {"team:7":"x1.a"}`.
 *
 * Neither JSON nor the header can hold a line feed, so that a text cut off anywhere is known by its end. A later
 * version may put anything behind the first line, and says so by the version or by a flag.
 *
 * @throws CacheSerializationError if an instant or the load time is no number, or a tag's nonce no text
 */
export function seal(head: Omit<Entry, 'value'>, value: ValueText): string {
  const { createdAt, staleAt, expiresAt, loadTime, tags } = head;
  const flags = FLAGS[value.form] + (loadTime === undefined ? '' : FLAGS.timed);
  const stale = instantText(staleAt);
  const expires = expiresAt === staleAt ? stale : instantText(expiresAt);
  const load = loadTime === undefined ? '' : ` ${loadTimeText(loadTime)}`;
  const labels = tags ? ` ${tagsText(tags)}` : '';
  return `K${VERSION}${flags} ${instantText(createdAt)} ${stale} ${expires}${load}${labels}\n${value.text}\n`;
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
  const [, version, flags, created, stale, expires, rest] = header;
  if (version !== String(VERSION)) throw corrupt(`it has version ${version}, this is version ${VERSION}`);
  if (end === text.length - 1 || !text.endsWith('\n')) throw corrupt('it is cut off');
  const { form, timed } = meaningOf(flags);
  const [load, labels] = timed ? split(rest) : [undefined, rest];
  const createdAt = instant(created);
  const staleAt = instant(stale);
  const expiresAt = expires === stale ? staleAt : instant(expires);
  const loadTime = timed ? { loadTime: loadTimeOf(load) } : {};
  const tags = labels === undefined ? {} : { tags: tagsOf(labels) };
  const value = read({ form, text: text.slice(end + 1, -1) });
  return { value, createdAt, staleAt, expiresAt, ...loadTime, ...tags };
}

function instantText(instant: unknown): string {
  if (instant === Number.POSITIVE_INFINITY) return 'forever';
  if (Number.isFinite(instant)) return String(instant);
  throw new CacheSerializationError(
    `An entry has the instant ${String(instant)}: createdAt, staleAt and expiresAt must be epoch ms or Infinity.`,
  );
}

function loadTimeText(loadTime: unknown): string {
  if (Number.isFinite(loadTime) && (loadTime as number) >= 0) return String(loadTime);
  throw new CacheSerializationError(
    `An entry has the loadTime ${String(loadTime)}: it must be a number of ms, 0 or more.`,
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
  return numberOf(text, 'an instant is no number');
}

/** The load time and the tags. */
function split(rest = ''): readonly [load: string, labels: string | undefined] {
  const space = rest.indexOf(' ');
  return space < 0 ? [rest, undefined] : [rest.slice(0, space), rest.slice(space + 1)];
}

function loadTimeOf(text: string | undefined): number {
  const loadTime = numberOf(text, 'its load time is no number');
  if (loadTime < 0) throw corrupt('its load time is below 0');
  return loadTime;
}

/** One text per number: anything else was not written here. */
function numberOf(text: string | undefined, otherwise: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || String(value) !== text) throw corrupt(otherwise);
  return value;
}

function tagsOf(text: string): Readonly<Record<string, string>> {
  const tags = storedObject(readBack('its tags are no JSON', () => JSON.parse(text) as unknown));
  for (const nonce of Object.values(tags)) storedText(nonce);
  return tags as Record<string, string>;
}

/** What the flags say: the form of the payload, and whether a load time is there. */
function meaningOf(flags = ''): { readonly form: ValueText['form']; readonly timed: boolean } {
  const timed = flags.endsWith(FLAGS.timed);
  const form = timed ? flags.slice(0, -FLAGS.timed.length) : flags;
  if (form === FLAGS.plain) return { form: 'plain', timed };
  if (form === FLAGS.tagged) return { form: 'tagged', timed };
  throw corrupt('it has unknown flags');
}
