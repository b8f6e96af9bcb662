/**
 * Numbers from 0 up to 1 that are always the same for one seed, so that a failing run can be run again.
 * A 32-bit Weyl sequence, mixed as in MurmurHash3's finaliser (Appleby).
 */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
