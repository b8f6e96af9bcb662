import { hash } from 'node:crypto';

/** The SHA-256 of the UTF-8 form of `text`, in lower-case hex. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
