/** A place in a stream. */
export interface Position {
  /** The server's id of the entry. */
  readonly id: string;
  /** The history it belongs to: a stream that was lost begins a new one. */
  readonly epoch: string;
  /** Its place in that history, from 1. */
  readonly count: number;
  /** The bus that published it. */
  readonly origin: string;
}

/** An entry of a stream. */
export interface StreamEntry extends Position {
  readonly text: string;
}

/** Whether nothing lies between the two. */
export function follows(last: Position, next: Position): boolean {
  return next.epoch === last.epoch && next.count === last.count + 1;
}

/** Whether the server still has the entry that was seen there: another server may have another one under its id. */
export function isSame(seen: Position, found: Position | undefined): boolean {
  return (
    found !== undefined &&
    found.id === seen.id &&
    found.epoch === seen.epoch &&
    found.count === seen.count &&
    found.origin === seen.origin
  );
}

/** An entry out of a reply. One that is not ours belongs to no history, so that a gap is seen before and behind it. */
export function streamEntry(reply: unknown): StreamEntry | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [id, fields] = reply as [Buffer, readonly Buffer[]];
  const [e, epoch, n, count, o, origin, , text] = fields.map(String);
  const ours = e === 'e' && n === 'n' && o === 'o';
  if (!ours) return { id: String(id), epoch: '', count: 0, origin: '', text: '' };
  return {
    id: String(id),
    epoch: String(epoch),
    count: Number(count),
    origin: String(origin),
    text: text ?? '',
  };
}

/** The entries of the one stream that XREAD was asked for. */
export function streamEntries(reply: unknown): readonly StreamEntry[] {
  if (typeof reply !== 'object' || reply === null) return [];
  // RESP3 answers with a map of streams, RESP2 with pairs.
  const listed: unknown = Array.isArray(reply) ? reply[0]?.[1] : Object.values(reply)[0];
  return (Array.isArray(listed) ? listed : []).flatMap((one) => streamEntry(one) ?? []);
}
