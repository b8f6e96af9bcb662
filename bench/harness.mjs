// Times cases side by side: every round runs each case once, and begins with another one; the first warms up.

/**
 * A case has a `name` and `run(ops)`, which does the work `ops` times and gives `ops` back, counted from the results
 * (so that nothing is optimised away). `before` runs untimed ahead of every batch, `maxOps` bounds a batch.
 * What is timed is processor time; for a case that `waits` for the disk it is the time that passed.
 *
 * @returns by name, the nanoseconds per operation of each round
 */
export async function interleaved(cases, { rounds, batchMs }) {
  const ops = new Map();
  for (const each of cases) ops.set(each, await calibrated(each, batchMs));
  const times = Object.fromEntries(cases.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    globalThis.gc?.();
    for (let i = 0; i < cases.length; i++) {
      const each = cases[(i + round) % cases.length];
      const ns = await timed(each, ops.get(each));
      if (round > 0) times[each.name].push(ns);
    }
  }
  return times;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median over rounds of `times / base`: what disturbs a whole round disturbs both alike. */
export function ratio(times, base) {
  return median(times.map((time, round) => time / base[round]));
}

/** How many operations fill `batchMs`. Finding out also lets V8 optimise the case. */
async function calibrated(each, batchMs) {
  let ops = Math.min(64, each.maxOps ?? 64);
  for (;;) {
    const ms = ((await timed(each, ops)) * ops) / 1e6;
    if (ops === each.maxOps) return ops;
    if (ms >= batchMs / 2) return Math.max(1, atMost(each.maxOps, Math.round((ops * batchMs) / ms)));
    ops = atMost(each.maxOps, ops * 2);
  }
}

/** Nanoseconds per operation. */
async function timed(each, ops) {
  await each.before?.();
  // The cases before this one have emptied the processor's caches; in a short batch, refilling them would be half of it.
  if (!each.maxOps) await each.run(ops >> 1);
  // What the case before left behind is not charged to this one; collecting the old generation too would take longer than the batch.
  globalThis.gc?.({ type: 'minor' });
  const passed = each.waits ? elapsed() : processorTime();
  const done = await each.run(ops);
  const ns = passed();
  if (done !== ops) throw new Error(`${each.name}: ${done} results for ${ops} operations.`);
  return ns / ops;
}

/** Of all threads, so with the collection of garbage; not what the process waited while others had the processor. */
function processorTime() {
  const begin = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(begin);
    return (user + system) * 1000;
  };
}

function elapsed() {
  const begin = process.hrtime.bigint();
  return () => Number(process.hrtime.bigint() - begin);
}

function atMost(limit, ops) {
  return limit === undefined ? ops : Math.min(limit, ops);
}
