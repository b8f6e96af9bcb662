import { exactly, type Figure, fault, ms, rounded } from '../fault.js';
import type { Stage } from '../stage.js';
import type { Outcome, SubjectProcess } from '../subject-process.js';
import type { Place } from '../subjects/subject.js';

const ROUNDS = 5;

export const healthyBus = fault({
  section: 'Time and concurrency',
  name: 'the memory of A after a delete by B',
  how: 'both have read the value; from the moment at which the delete of B is over, until A reads a new value. The slowest of five',
  bounds: { 'fresh after': ms(50) },
  async run(stage) {
    const server = await stage.server();
    const [a, b] = await pair(stage, server, server);
    let slowest: Figure = 0;
    for (let round = 0; round < ROUNDS && typeof slowest === 'number'; round++) {
      const key = `shared:${round}`;
      await seed(a, b, key);
      const watching = a.ask({ do: 'watch', key, value: 'new' });
      const deleted = await b.ask({ do: 'delete', key });
      slowest = later(await watching, 'died' in deleted ? 0 : deleted.at, slowest);
    }
    return { 'fresh after': slowest };
  },
});

export const cutBus = fault({
  section: 'Time and concurrency',
  name: 'the same, while A is cut off from the server',
  how: 'the connections of A go through a proxy that is cut before the delete and restored after it: from then until A reads a new value',
  bounds: { 'during the cut': exactly('served'), 'fresh after': ms(1000) },
  async run(stage) {
    const server = await stage.server();
    const wire = await stage.wire(server);
    const [a, b] = await pair(stage, wire, server);
    await seed(a, b, 'shared');
    wire.cut();
    await b.ask({ do: 'delete', key: 'shared' });
    const meanwhile = await a.ask({ do: 'load', key: 'shared', value: 'new' });
    await seed(a, b, 'not deleted');
    wire.restore();
    const back = Date.now();
    const watched = await a.ask({ do: 'watch', key: 'shared', value: 'new' });
    return { 'during the cut': servedOr(meanwhile), 'fresh after': later(watched, back, 0) };
  },
});

export const restarted = fault({
  section: 'Time and concurrency',
  name: 'the same, while the server is restarted',
  how: 'the server is killed, B deletes, the server starts again with nothing in it: from then until A reads a new value',
  bounds: { 'fresh after': ms(1000) },
  async run(stage) {
    const server = await stage.server();
    const [a, b] = await pair(stage, server, server);
    await seed(a, b, 'shared');
    await server.kill();
    await b.ask({ do: 'delete', key: 'shared' });
    await stage.server([], server.port);
    const back = Date.now();
    return { 'fresh after': later(await a.ask({ do: 'watch', key: 'shared', value: 'new' }), back, 0) };
  },
});

async function pair(stage: Stage, a: Place, b: Place): Promise<[SubjectProcess, SubjectProcess]> {
  const caches: [SubjectProcess, SubjectProcess] = [await stage.open(a), await stage.open(b)];
  for (const cache of caches) await stage.untilUsed(cache, stage.admin(b.url));
  return caches;
}

async function seed(a: SubjectProcess, b: SubjectProcess, key: string): Promise<void> {
  await a.ask({ do: 'load', key, value: 'old' });
  await b.ask({ do: 'load', key, value: 'old' });
}

function servedOr(outcome: Outcome): Figure {
  if ('died' in outcome) return outcome.died;
  return outcome.hung > 0 ? 'hangs' : outcome.errors.length > 0 ? 'throws' : 'served';
}

/** How long after `since` it was seen, or `than` if that was later. */
function later(outcome: Outcome, since: number, than: number): Figure {
  if ('died' in outcome) return outcome.died;
  if (outcome.hung > 0) return 'not in 8 s';
  if (outcome.errors.length > 0) return `throws: ${outcome.errors[0]}`;
  return rounded(Math.max(than, outcome.at - since));
}
