/** `allowed` as a list, behind the one that was probably meant. */
export function allowedText(given: unknown, allowed: readonly string[], quote = "'"): string {
  const list =
    allowed.length > 0
      ? allowed.map((name) => `${quote}${name}${quote}`).join(', ')
      : 'none; none is configured';
  return `${meantText(given, allowed, quote)}Allowed: ${list}.`;
}

/** A question after the one of `allowed` that was probably meant; nothing where none is like `given`. */
export function meantText(given: unknown, allowed: readonly string[], quote = "'"): string {
  const meant = typeof given === 'string' ? suggestion(given, allowed) : undefined;
  return meant === undefined ? '' : `Did you mean ${quote}${meant}${quote}? `;
}

/** The one of `allowed` that `given` is a misspelling of: at most a third of its letters are wrong. */
function suggestion(given: string, allowed: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(given.length / 3));
  const ranked = allowed
    .map((name) => ({ name, distance: distance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= limit ? best.name : undefined;
}

/** Letters to insert, drop, replace or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (same ? 0 : 1),
        swapped ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
