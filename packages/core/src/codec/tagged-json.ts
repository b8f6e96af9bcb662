import { readBack } from './corrupt.js';
import { isPlainJson } from './plain-json.js';
import { tagged } from './tagger.js';
import { untagged } from './untagger.js';
import { ValuePath } from './value-path.js';

/** A value as JSON text: to be read as it stands (`plain`), or with its tags resolved (`tagged`). */
export interface ValueText {
  readonly form: 'plain' | 'tagged';
  readonly text: string;
}

/**
 * `value` as JSON text without line breaks.
 *
 * @throws CacheSerializationError that names the path of what cannot be carried
 */
export function toValueText(value: unknown): ValueText {
  return isPlainJson(value)
    ? { form: 'plain', text: stringify(value) }
    : { form: 'tagged', text: stringify(tagged(value)) };
}

/**
 * The value that `toValueText` was given.
 *
 * @throws CacheSerializationError if it gave something else
 */
export function fromValueText({ form, text }: ValueText): unknown {
  const stored = readBack('its value is no JSON', () => JSON.parse(text) as unknown);
  return form === 'plain' ? stored : untagged(stored);
}

function stringify(stored: unknown): string {
  try {
    // Never undefined: neither a plain value nor a tagged form is.
    return JSON.stringify(stored);
  } catch (error) {
    // Longer than a text can be, or no stack left.
    throw new ValuePath().failure(error);
  }
}
