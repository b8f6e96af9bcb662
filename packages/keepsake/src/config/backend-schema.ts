import type { Backend } from '@keepsake/core';
import { z } from 'zod';
import { duration, finiteDuration, flag, object, oneOf, redisUrl, text, wholeNumber } from './leaves.js';

/** Marks what only a config that is code can hold: it is left out of the JSON Schema. */
const codeOnly = (what: string) => ({ codeOnly: what });

const memorySchema = object({
  type: z.literal('memory'),
  maxEntries: wholeNumber()
    .meta({ description: 'The most entries it ever holds.', default: 10_000 })
    .optional(),
  maxBytes: wholeNumber()
    .meta({ description: 'The most bytes it ever holds, estimated. Default: no bound.' })
    .optional(),
  isolation: oneOf('reference', 'freeze', 'clone')
    .meta({ description: 'What keeps a stored value safe from its callers.', default: 'reference' })
    .optional(),
  onFull: oneOf('evict', 'reject')
    .meta({ description: 'Whether a full tier evicts, or refuses new entries.', default: 'evict' })
    .optional(),
  sweepEvery: duration()
    .meta({ description: 'How often expired entries are dropped.', default: '1m' })
    .optional(),
}).meta({ description: 'In the memory of this process.' });

const permissions = () => {
  const error = "permission bits as a text of octal digits, such as '600', or a number from 0 to 511";
  return z.union(
    [
      z.string({ error }).regex(/^0?[0-7]{3}$/, { error }),
      z.int({ error }).min(0, { error }).max(0o777, { error }),
    ],
    { error },
  );
};

const fileSchema = object({
  type: z.literal('file'),
  directory: text('the path of a directory').meta({
    description: 'Where the entries are kept. In a config file: relative to that file.',
  }),
  reads: oneOf('sync', 'async')
    .meta({ description: '`async` for a disk that may be slow, such as a network share.', default: 'sync' })
    .optional(),
  maxEntries: wholeNumber().meta({ description: 'The most entries it holds. Default: no bound.' }).optional(),
  maxBytes: wholeNumber()
    .meta({ description: 'The most bytes its files take. Default: no bound.' })
    .optional(),
  fileMode: permissions().meta({ description: 'Permissions of the files.', default: '600' }).optional(),
  directoryMode: permissions()
    .meta({ description: 'Permissions of the directories.', default: '700' })
    .optional(),
}).meta({
  description: 'On the disk; survives restarts, and may be shared by the processes of one machine.',
});

const port = () => wholeNumber('a port from 1 to 65535').max(65_535, { error: 'a port from 1 to 65535' });
const credentials = {
  username: text('a user name').optional(),
  password: text('a password').optional(),
};
const socket = object({
  host: text('a host name').optional(),
  port: port().optional(),
  path: text('the path of a Unix socket').optional(),
  tls: flag().optional(),
});
const tls = object({ tls: flag().optional() });
const database = wholeNumber('the number of a database, from 0', 0);
const nodes = 'a list of one or more nodes';

const redisSchema = object({
  type: z.literal('redis'),
  url: redisUrl()
    .meta({
      description:
        'A single server: `redis[s]://[[user]:password@]host[:port][/database]`. Default: `REDIS_URL`.',
    })
    .optional(),
  server: object({ ...credentials, socket: socket.optional(), database: database.optional() })
    .meta({ description: 'A single server, in parts instead of a URL.' })
    .optional(),
  sentinel: object({
    name: text('the name of the sentinel group'),
    sentinelRootNodes: z
      .array(object({ host: text('a host name'), port: port() }), { error: nodes })
      .min(1, { error: nodes }),
    nodeClientOptions: object({
      ...credentials,
      socket: tls.optional(),
      database: database.optional(),
    }).optional(),
    sentinelClientOptions: object({ ...credentials, socket: tls.optional() }).optional(),
  })
    .meta({ description: 'The master of a sentinel group.' })
    .optional(),
  cluster: object({
    rootNodes: z
      .array(object({ url: redisUrl().optional(), ...credentials, socket: socket.optional() }), {
        error: nodes,
      })
      .min(1, { error: nodes }),
    defaults: object({ ...credentials, socket: tls.optional() }).optional(),
  })
    .meta({ description: 'A cluster.' })
    .optional(),
  client: z
    .custom<object>((given) => typeof given === 'object' && given !== null, {
      error: 'a client, cluster or sentinel of node-redis',
    })
    .meta({ description: "The application's own client.", ...codeOnly('a client of node-redis') })
    .optional(),
  connectTimeout: finiteDuration()
    .meta({ description: 'How long connecting may take. Default: `REDIS_CONNECT_TIMEOUT`, or `2s`.' })
    .optional(),
  commandTimeout: finiteDuration()
    .meta({ description: 'How long a command may take.', default: '1s' })
    .optional(),
  socketTimeout: finiteDuration()
    .meta({
      description:
        'How long a connection that owes answers may be silent before it is made anew. Default: `REDIS_SOCKET_TIMEOUT`, or `commandTimeout`.',
    })
    .optional(),
  retryOnTimeout: flag()
    .meta({
      description:
        'Whether what can be repeated is tried once more when late. Default: `REDIS_RETRY_ON_TIMEOUT`, or `false`.',
    })
    .optional(),
  healthCheckInterval: finiteDuration()
    .meta({
      description:
        'How often each server is asked for a sign of life. Default: `REDIS_HEALTH_CHECK_INTERVAL`, or never.',
    })
    .optional(),
  maxConnections: wholeNumber()
    .meta({
      description:
        'A cluster with more masters than this is refused. Default: `REDIS_MAX_CONNECTIONS`, or no limit.',
    })
    .optional(),
}).meta({
  description:
    'Redis or Valkey, through `@keepsake/keyv`. Exactly one of `url`, `server`, `sentinel`, `cluster`, `client`.',
});

const keyvSchema = object({
  type: z.literal('keyv'),
  store: z
    .custom<object>((given) => typeof given === 'object' && given !== null, {
      error: 'a Keyv, a Keyv store adapter or a Map',
    })
    .meta({ description: 'The store.', ...codeOnly('a Keyv, a Keyv store adapter or a Map') }),
}).meta({ description: 'Any Keyv store, through `@keepsake/keyv`.' });

const customSchema = object({
  type: z.literal('custom'),
  create: z
    .custom<() => Backend>((given) => typeof given === 'function', {
      error: 'a function that returns a Backend',
    })
    .meta({ description: 'Makes the backend, when a cache first needs it.', ...codeOnly('`() => Backend`') }),
}).meta({ description: 'A backend of your own.' });

/** The types of backends there are. */
export const BACKEND_TYPES = ['memory', 'file', 'redis', 'keyv', 'custom'] as const;

const TYPES = BACKEND_TYPES.map((type) => `'${type}'`).join(', ');

/** One of `backends`. */
export const backendSchema = z.discriminatedUnion(
  'type',
  [memorySchema, fileSchema, redisSchema, keyvSchema, customSchema],
  { error: ({ code }) => (code === 'invalid_union' ? TYPES : `an object with a \`type\` (${TYPES})`) },
);
