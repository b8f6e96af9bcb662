/** The source says that there is no such thing: an answer. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** The source says nothing. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** Remembers that there is no such thing for a minute. */
export const REMEMBERED = {
  ttl: '1h',
  cacheErrors: (error: unknown) => (error instanceof NotFound ? '1m' : false),
} as const;
