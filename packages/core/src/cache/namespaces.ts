/** The paths of a namespace and of all namespaces around it. */
export function ancestors(path: string): readonly string[] {
  const names = path.split('/');
  return names.map((_, i) => names.slice(0, i + 1).join('/'));
}

/** The tag that every entry of a namespace carries, so that clearing it is one marker. */
export function namespaceTag(path: string): string {
  return `\0n:${path}`;
}

/** Where the counter that users call `stored` is kept: a tier may hold bare integers there, which no read takes for entries. */
export function counterKey(stored: string): string {
  return `\0c:${stored}`;
}
