const FIRST = 50;
const LONGEST = 500;
const SPREAD = 0.2;

/**
 * How long to wait, in ms, before the next attempt to connect after `failures` failed ones: 50, 100, 200, 400 and then
 * 500, each up to a fifth longer so that a fleet does not return as one. At most 19 attempts in 8 s, and a server that
 * is back is found within a second.
 *
 * @param random - in [0, 1)
 */
export function reconnectDelay(failures: number, random: number): number {
  const delay = Math.min(FIRST * 2 ** Math.max(0, failures - 1), LONGEST);
  return delay * (1 + SPREAD * random);
}
