import type { RedisTarget } from './options.js';

interface Place {
  readonly url?: string | undefined;
  readonly socket?: { readonly host?: string; readonly port?: number; readonly path?: string } | undefined;
}

/** Where a target is, for messages: hosts and ports, never a user, a password or a whole URL. */
export function whereIs(target: RedisTarget): string {
  if ('url' in target) return place(target);
  if ('server' in target) return place(target.server as Place);
  if ('cluster' in target)
    return `the cluster of ${(target.cluster.rootNodes as Place[]).map(place).join(', ')}`;
  if ('sentinel' in target) return `the sentinel group '${target.sentinel.name}'`;
  return "the application's client";
}

function place({ url, socket }: Place): string {
  if (url !== undefined) return new URL(url).host;
  return socket?.path ?? `${socket?.host ?? 'localhost'}:${socket?.port ?? 6379}`;
}
