import micromatch from 'micromatch';

/** The texts that the comma lists in `text` stand for, in the order they are written. Lists nest. */
export function expandBraces(text: string): readonly string[] {
  return micromatch.braces(text, { expand: true });
}
