/** What makes the nonces of this process different from those of every other: 96 random bits. */
const PROCESS = Array.from(crypto.getRandomValues(new Uint32Array(3)), (word) => word.toString(36)).join('');
let count = 0;

/** A string that no process has made before and none will make again: names a lease or the version of a tag. */
export function nonce(): string {
  count += 1;
  return `${PROCESS}.${count.toString(36)}`;
}
