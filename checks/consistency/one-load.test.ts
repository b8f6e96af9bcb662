import { eventually } from '../../test-support/redis-server.js';
import { Fleet } from './fleet.js';
import { Truth } from './truth.js';
import type { Worker } from './worker.js';

/** The life of a lease whose holder does not renew it, in ms. */
const LEASE = 5000;

describe('one load in the fleet', () => {
  let fleet: Fleet;
  let truth: Truth;
  const worker = (index: number): Worker => fleet.workers[index] as Worker;

  beforeAll(async () => {
    fleet = await Fleet.start({ seed: 1, processes: 4, clients: 0, keys: 0 });
    truth = new Truth(fleet.truthPort);
  }, 20_000);

  afterAll(async () => {
    await truth.close();
    await fleet.stop();
  }, 10_000);

  it('is enough for 250 callers in each of 4 processes', async () => {
    const values = await Promise.all(fleet.workers.map((each) => each.ask('call', 'cold', 250, 200)));
    expect(values.flat()).toEqual(Array.from({ length: 1000 }, () => 1));
    expect(await truth.version('cold')).toBe(1);
  }, 10_000);

  it('is taken over, once the lease is over, from a process that was killed in the middle of it', async () => {
    const killed = worker(0).ask('call', 'orphaned', 1, 60_000);
    const failed = expect(killed).rejects.toThrow('gone');
    await eventually(async () => (await truth.version('orphaned')) === 1, 5000);
    const others = [1, 2, 3].map((index) => worker(index).ask('call', 'orphaned', 10, 10));
    const killedAt = fleet.now();
    await worker(0).kill();
    await failed;
    const values = await Promise.all(others);
    expect(values.flat()).toEqual(Array.from({ length: 30 }, () => 2));
    expect(await truth.version('orphaned')).toBe(2);
    expect(fleet.now() - killedAt).toBeLessThan(LEASE + 2000);
  }, 15_000);
});
