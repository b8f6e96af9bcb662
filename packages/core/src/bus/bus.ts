/** What happened in one process and matters to the others. Keys are stored keys, with their namespace. */
export type BusMessage =
  /** These keys were deleted or set. */
  | { readonly type: 'keys'; readonly keys: readonly string[] }
  /**
   * These tag markers (stored keys) changed in the back tier. The new nonces are not carried: the order of messages is
   * not the order of writes, and only the back tier knows which nonce won. `created`: they were missing, nothing was
   * invalidated; whoever knew another nonce has to learn that it was lost.
   */
  | { readonly type: 'tags'; readonly markers: readonly string[]; readonly created?: true }
  /** Every key whose part behind the literal `prefix` matches was deleted; `flags` mark the source of a RegExp. */
  | { readonly type: 'pattern'; readonly prefix: string; readonly pattern: string; readonly flags?: string }
  /** Everything under these literal prefixes was removed. */
  | { readonly type: 'clear'; readonly prefixes: readonly string[] }
  /** The load of this key that others wait for is over, and was `stored` or not: they may ask again. Nothing is invalidated. */
  | { readonly type: 'settled'; readonly key: string; readonly stored: boolean };

/** What a subscriber of a bus is told. */
export interface BusListener {
  /** A message of another process, in the order of the bus. Never an echo of an own one. */
  message(message: BusMessage): void;
  /** Messages may have been missed and cannot be replayed: nothing that was kept in front can be trusted. */
  gap(): void;
  /** The bus cannot reach the others. Told once per outage. */
  lost?(error: unknown): void;
}

/**
 * Carries invalidations between processes, in order.
 *
 * A bus that lost its connection replays what was missed when it returns, or says `gap`.
 */
export interface Bus {
  readonly name: string;
  /** Whether messages arrive now: while they do not, what is known of tags is read again from the back tier. */
  readonly connected: boolean;
  /** Hands `message` to every other process. Never throws; a message that cannot be sent is sent when the bus is back. */
  publish(message: BusMessage): void;
  /** The function that ends the subscription. */
  subscribe(listener: BusListener): () => void;
  close?(): void | Promise<void>;
}
