// What every contender is asked to cache: one loader, 10 000 arguments, one fixed shuffled order.

export const KEYS = 10_000;

/** How many entries a bounded contender may hold: enough for all keys, also where the bound is approximate. */
export const ROOM = 2 * KEYS;

const NAMES = Array.from({ length: KEYS }, (_, i) => `user-${i}`);

/** The kinds of calls: a new object at every call, or one of 10 000 strings whose hashes V8 knows by then. */
export const ARGUMENTS = {
  object: (i) => ({ id: i, opts: { a: i % 10, b: 'en' } }),
  string: (i) => NAMES[i],
};

/** A loader that counts its calls. `n` is 1, so that the sum over a batch is its number of calls. */
export function countingLoader() {
  const loader = async (argument) => {
    loader.calls++;
    return { of: typeof argument === 'string' ? argument : argument.id, n: 1 };
  };
  loader.calls = 0;
  return loader;
}

/** The key that a user would write for those that want one: the string itself, or JSON. */
export function keyOf(argument) {
  return typeof argument === 'string' ? argument : JSON.stringify(argument);
}

const ORDER = shuffled(1 << 14);

/** Calls `call` one after another, each awaited. What the values add up to, so that none of it can be left out. */
export async function callInTurn(call, argumentOf, times) {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    const value = await call(argumentOf(ORDER[i & (ORDER.length - 1)]));
    sum += value.n;
  }
  return sum;
}

/** As `callInTurn`, for what answers without a promise. */
export function callInTurnSync(call, argumentOf, times) {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += call(argumentOf(ORDER[i & (ORDER.length - 1)])).n;
  return sum;
}

/** Indices of keys in an order that is the same in every run (a linear congruential generator). */
function shuffled(length) {
  const order = new Int32Array(length);
  let state = 42;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    order[i] = Math.floor((state / 2 ** 32) * KEYS);
  }
  return order;
}
