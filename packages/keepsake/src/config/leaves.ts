// The smallest parts of the schema. The `error` of each says what is allowed; what was found is added by the report.
import { type Duration, milliseconds, type Ttl } from '@keepsake/core';
import { z } from 'zod';

/** What a `Duration` in a config may be. */
const DURATION =
  "a number with a unit ('500ms', '30s', '5m', '2h', '1d', '1w'), 'forever', or a positive number of milliseconds";
const TTL = `${DURATION}; or the name of a profile ('profile:<name>')`;
const NAME = 'a name of letters, digits, `_`, `-` and `.` that starts with a letter or digit';
const URL_OF_REDIS = "'redis[s]://[[user]:password@]host[:port][/database]'";

const WRITTEN = String.raw`\d+(?:\.\d+)?(?:ms|s|m|h|d|w)|forever`;

/** An object of exactly these properties. The error lists them, for whoever looks for the one that was meant. */
export function object<S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const names = Object.keys(shape);
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? names.join(' ')
        : `an object of ${names.map((name) => `\`${name}\``).join(', ')}`,
  });
}

export function text(error: string): z.ZodString {
  return z.string({ error }).min(1, { error });
}

export function wholeNumber(error = 'a positive whole number', from = 1): z.ZodInt {
  return z.int({ error }).min(from, { error });
}

export function flag(): z.ZodBoolean {
  return z.boolean({ error: 'true or false' });
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  ...values: T
): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(values);
}

/** The name of a backend, a cache or a profile, as it is defined. */
export function name(): z.ZodString {
  return z.string({ error: NAME }).regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, { error: NAME });
}

// The casts give the written form its type; at run time the regular expression is the type.
export function duration(): z.ZodType<Duration, Duration> {
  return lengthOfTime(DURATION, new RegExp(`^(?:${WRITTEN})$`)) as unknown as z.ZodType<Duration, Duration>;
}

/** A duration that ends. */
export function finiteDuration(): z.ZodType<Duration, Duration> {
  const error = DURATION.replace("'forever', ", '');
  const written = new RegExp(`^(?:${WRITTEN.replace('|forever', '')})$`);
  return lengthOfTime(error, written) as unknown as z.ZodType<Duration, Duration>;
}

export function ttl(): z.ZodType<Ttl, Ttl> {
  return lengthOfTime(TTL, new RegExp(`^(?:${WRITTEN}|profile:.+)$`)) as unknown as z.ZodType<Ttl, Ttl>;
}

export function redisUrl(): z.ZodString {
  return z
    .string({ error: URL_OF_REDIS })
    .regex(/^rediss?:\/\//, { error: URL_OF_REDIS, abort: true })
    .refine(isRedisUrl, { error: URL_OF_REDIS });
}

/** Whether `url` is one that `redis()` takes. */
export function isRedisUrl(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return (
    parsed !== undefined &&
    /^rediss?:$/.test(parsed.protocol) &&
    parsed.hostname !== '' &&
    /^(\/\d*)?$/.test(parsed.pathname)
  );
}

function lengthOfTime(error: string, written: RegExp): z.ZodType {
  const text = z.string({ error }).regex(written, { error, abort: true }).refine(isPositive, { error });
  return z.union([text, z.number({ error }).positive({ error })], { error });
}

function isPositive(length: string): boolean {
  if (length.startsWith('profile:')) return true;
  try {
    return milliseconds(length as Duration, '') > 0;
  } catch {
    return false;
  }
}
