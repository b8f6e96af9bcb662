const OBJECT = 24;
const PROPERTY = 16;
const NUMBER = 8;
const CHARACTER = 2;

/**
 * About how many bytes `value` and `key` take on the heap: two per character, what buffers hold, and what V8 spends on objects
 * and their properties. What is reached twice counts once. Not exact: pass a `sizeOf` of your own where the bound must be.
 */
export function estimatedSize(value: unknown, key: string): number {
  const seen = new Set<object>();
  const queue: unknown[] = [value];
  let bytes = OBJECT + key.length * CHARACTER;
  while (queue.length > 0) {
    const next = queue.pop();
    if (typeof next !== 'object' || next === null) {
      bytes += sizeOfPrimitive(next);
    } else if (!seen.has(next)) {
      seen.add(next);
      bytes += OBJECT + enter(next, queue);
    }
  }
  return bytes;
}

function sizeOfPrimitive(value: unknown): number {
  return typeof value === 'string' ? OBJECT + value.length * CHARACTER : NUMBER;
}

/** Queues what `object` holds. The bytes of what cannot be queued. */
function enter(object: object, queue: unknown[]): number {
  if (ArrayBuffer.isView(object)) return object.byteLength;
  if (object instanceof ArrayBuffer) return object.byteLength;
  if (object instanceof Map) {
    for (const [key, value] of object) queue.push(key, value);
    return object.size * PROPERTY;
  }
  if (object instanceof Set || Array.isArray(object)) {
    for (const item of object) queue.push(item);
    return 0;
  }
  const names = Object.keys(object);
  for (const name of names) queue.push((object as Record<string, unknown>)[name]);
  return names.length * PROPERTY;
}
