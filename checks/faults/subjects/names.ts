/** Who is measured: the file of each is named like it. */
export const SUBJECTS = [
  'keepsake',
  'bentocache',
  'cacheable',
  'cache-manager',
  'keyv',
  'async-cache-dedupe',
] as const;

export type SubjectName = (typeof SUBJECTS)[number];
