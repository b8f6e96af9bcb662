/** The texts that the comma lists in `text` stand for, in the order they are written. Lists nest. */
export function expandBraces(text: string): readonly string[] {
  const open = text.indexOf('{');
  if (open === -1) return [text];
  const { items, end } = listAt(text, open);
  const tails = expandBraces(text.slice(end));
  const heads = items.flatMap(expandBraces).map((item) => text.slice(0, open) + item);
  return heads.flatMap((head) => tails.map((tail) => head + tail));
}

function listAt(text: string, open: number): { items: string[]; end: number } {
  const items: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open; ; at++) {
    const sign = text[at];
    if (sign === '{') depth++;
    if (sign === '}') depth--;
    if (sign === undefined || depth === 0 || (depth === 1 && sign === ',')) {
      items.push(text.slice(from, at));
      from = at + 1;
    }
    if (sign === undefined || depth === 0) return { items, end: from };
  }
}
