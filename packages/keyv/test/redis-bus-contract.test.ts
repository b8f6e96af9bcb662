import { redis, redisBus } from '@keepsake/keyv';
import { type BusHub, busContract } from '@keepsake/testing';

const runner = { describe, it, expect };
const url = process.env.REDIS_URL ?? '';
const cluster = {
  rootNodes: (process.env.REDIS_CLUSTER_URLS ?? '').split(',').map((node) => ({ url: node })),
};
let made = 0;

/** Channels of one case, on a server that all cases share. */
function part(connect: (channel: string) => ReturnType<BusHub['connect']>): () => BusHub {
  return () => {
    const own = `contract-${process.pid}-${++made}`;
    return { connect: (channel) => connect(`${own}:${channel}`) };
  };
}

busContract('redisBus', runner, { create: part((channel) => redisBus({ url, channel })) });
busContract('redisBus on a cluster', runner, { create: part((channel) => redisBus({ cluster, channel })) });

const backend = redis(url);
afterAll(() => backend.close?.());
busContract('the bus of redis()', runner, {
  create: part((channel) => {
    if (!backend.bus) throw new Error('no bus');
    return backend.bus(channel);
  }),
});
