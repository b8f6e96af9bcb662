import { z } from 'zod';
import { backendSchema } from './backend-schema.js';
import { freshnessShape } from './freshness-shape.js';
import { duration, finiteDuration, flag, name, object, oneOf, text, ttl, wholeNumber } from './leaves.js';

const tierError = 'the name of a backend, or { backend, maxTtl }';
const tierSchema = z.union(
  [
    text(tierError).meta({ description: 'The name of a backend.' }),
    object({
      backend: text('the name of a backend').meta({ description: 'The name of a backend.' }),
      maxTtl: duration()
        .meta({ description: 'The longest life an entry gets in this tier. Default: no bound.' })
        .optional(),
    }),
  ],
  { error: tierError },
);

const tiersError = 'a list of one or more tiers, the front first';
const namespaceError = 'a text that is not empty and holds no `~`';
const namespace = () => z.string({ error: namespaceError }).regex(/^[^~]+$/, { error: namespaceError });
const versionError = 'a whole number, or a text of letters, digits, `_`, `-` and `.`';

const cacheSchema = object({
  tiers: z
    .array(tierSchema, { error: tiersError })
    .min(1, { error: tiersError })
    .meta({ description: 'Where the values live: names of backends, the front (nearest the caller) first.' }),
  namespace: namespace()
    .meta({
      description:
        'The first part of every stored key. Default: the root `namespace` for the cache `default`, `<root>.<name>` for any other.',
    })
    .optional(),
  version: z
    .union(
      [
        z.string({ error: versionError }).regex(/^[A-Za-z0-9_.-]+$/, { error: versionError }),
        wholeNumber(versionError, 0),
      ],
      { error: versionError },
    )
    .meta({
      description:
        'Raise it when what is cached changes its meaning: older entries are not found any more. Stored as `<namespace>~<version>`.',
    })
    .optional(),
  ttl: ttl()
    .meta({ description: 'How long entries are fresh where the function says nothing. Default: it has to.' })
    .optional(),
  ...freshnessShape,
  timeout: finiteDuration()
    .meta({ description: 'How long one operation on a tier that is not local may take.', default: '250ms' })
    .optional(),
  bus: flag()
    .meta({
      description:
        'Whether a bus tells the other processes what is invalidated here, and this one what is there: that of the last tier, if it has one (`redis`).',
      default: true,
    })
    .optional(),
  duplicateIds: oneOf('refuse', 'replace')
    .meta({
      description: 'Two functions under one id: an error, or (hot reload) the newer one wins.',
      default: 'refuse',
    })
    .optional(),
  detectRecursion: flag()
    .meta({
      description:
        'Whether a load that waits for itself across an `await` is found, and an error. It slows every promise of the process down: for development and tests.',
      default: false,
    })
    .optional(),
});

const named = <T extends z.ZodType>(value: T, what: string) =>
  z.record(name(), value, { error: `an object: ${what} by name` });

/** All that a config may be. What it says of defaults is documentation; the backends and `createCache` hold them. */
export const configSchema = object({
  $schema: z
    .string({ error: 'a text' })
    .meta({ description: 'For editors: where the JSON Schema is.' })
    .optional(),
  namespace: namespace()
    .meta({ description: 'The root of the keys of all caches.', default: 'keepsake' })
    .optional(),
  profiles: named(duration(), 'lengths of time')
    .meta({ description: "Lengths of time by name, for `ttl: 'profile:<name>'`." })
    .optional(),
  backends: named(backendSchema, 'backends')
    .meta({ description: 'The backends by name. A backend that no cache names is never made.' })
    .optional(),
  caches: named(cacheSchema, 'caches')
    .meta({
      description:
        'The caches by name; `default` is the one of functions that name none. Default for it: memory.',
    })
    .optional(),
});

/** What `configure` takes and `keepsake.config.*` exports. */
export type KeepsakeConfig = z.input<typeof configSchema>;
/** A config that was checked. */
export type ValidConfig = z.output<typeof configSchema>;
/** One of `backends`. */
export type BackendConfig = z.output<typeof backendSchema>;
/** One of `caches`. */
export type CacheConfig = z.output<typeof cacheSchema>;
/** One of the `tiers` of a cache. */
export type TierConfig = z.output<typeof tierSchema>;
