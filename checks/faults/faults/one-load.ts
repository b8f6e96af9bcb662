import { exactly, fault } from '../fault.js';

export const oneLoad = fault({
  section: 'Time and concurrency',
  name: '4 processes × 250 callers of one key',
  how: 'all at once, with a loader that takes 300 ms',
  bounds: { 'loads in all': exactly(1), 'callers served': exactly(1000) },
  async run(stage) {
    const server = await stage.server();
    const admin = stage.admin(server.url);
    const caches = await Promise.all(Array.from({ length: 4 }, () => stage.open(server)));
    for (const cache of caches) await stage.untilUsed(cache, admin);
    const outcomes = await Promise.all(
      caches.map((cache) =>
        cache.ask({ do: 'load', key: 'popular', callers: 250, value: 'loaded', takes: 300 }),
      ),
    );
    const answers = outcomes.flatMap((outcome) => ('died' in outcome ? [] : [outcome]));
    return {
      'loads in all': answers.reduce((sum, { loads }) => sum + loads, 0),
      'callers served': answers.flatMap(({ values }) => values).filter((value) => value === 'loaded').length,
    };
  },
});
