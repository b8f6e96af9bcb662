import { CacheConnectionError, CacheError, CacheFullError } from '@keepsake/core';

/** What a command was about, for its errors. */
export interface CommandSubject {
  readonly tier: string;
  /** The server, without credentials. */
  readonly where: string;
  readonly command: string;
  readonly key?: string | undefined;
}

/** An error reply starts with its kind in capitals; the client's own errors are sentences. */
const REPLY = /^([A-Z]{2,})\b/;

/** What a script is told that may run and may not do what it does: of Redis 6, and from 7 on. */
const DENIED = /^ERR (The user executing the script can't|ACL failure in script)/;

const ADVICE: Readonly<Record<string, string>> = {
  WRONGPASS: 'Check the user name and password.',
  NOAUTH: 'The server wants a password: put it into the URL or the client options.',
  NOPERM:
    'The user lacks a permission: docs/tiers.md has an ACL rule that is enough for a cache and its bus.',
  READONLY: 'This server is a replica: connect to the master, or through `sentinel` or `cluster`.',
  LOADING: 'The server is still loading its data.',
  CLUSTERDOWN: 'The cluster does not cover all slots.',
  MOVED: 'The server is part of a cluster: use `cluster` with its root nodes.',
};

/** The error that a failed command is reported with. */
export function commandError(cause: unknown, subject: CommandSubject): CacheError {
  if (CacheError.is(cause)) return cause;
  const said = messageOf(cause);
  const kind = DENIED.test(said) ? 'NOPERM' : replyKind(cause);
  const message = `${subject.tier}: ${subject.command}${ofKey(subject.key)} failed at ${subject.where}: ${said}`;
  const details = { tier: subject.tier, cause, ...(subject.key === undefined ? {} : { key: subject.key }) };
  if (kind === 'OOM') {
    return new CacheFullError(`${message} Raise its maxmemory or give it an eviction policy.`, details);
  }
  if (kind === 'ERR') return new CacheError(message, details);
  return new CacheConnectionError(`${message}${advice(kind)}`, details);
}

/** The kind of an error reply (`OOM`, `WRONGTYPE`, …); nothing if `error` is not one. */
export function replyKind(error: unknown): string | undefined {
  return error instanceof Error ? REPLY.exec(error.message)?.[1] : undefined;
}

/** What `cause` says; an error of several addresses says nothing but its code. */
export function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = (cause as { code?: unknown }).code;
  return cause.message || (typeof code === 'string' ? code : cause.name);
}

function ofKey(key: string | undefined): string {
  // A NUL makes a log a binary file.
  return key === undefined ? '' : ` of '${key.replaceAll('\0', '\\0')}'`;
}

function advice(kind: string | undefined): string {
  const text = kind === undefined ? undefined : ADVICE[kind];
  return text ? ` ${text}` : '';
}
