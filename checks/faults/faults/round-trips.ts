import { fault, ms, took } from '../fault.js';

export const roundTrips = fault({
  section: 'Redis',
  name: '+150 ms round trip, cold',
  how: 'a proxy that delays by 75 ms each way; one new key with a loader that takes no time, once the connection is in use',
  quick: true,
  // One round trip, and a third of one for all the rest.
  bounds: { 'cold call': ms(200) },
  async run(stage) {
    const server = await stage.server();
    const wire = await stage.wire(server, 75);
    const cache = await stage.open(wire);
    await stage.untilUsed(cache, stage.admin(server.url));
    return { 'cold call': took(await cache.ask({ do: 'load', key: 'cold', value: 'loaded' })) };
  },
});
