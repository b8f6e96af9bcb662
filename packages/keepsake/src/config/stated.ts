/** `T` without `undefined` as a value: what is not stated is not there. */
export type Stated<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The options that were stated: what is absent falls back to a default, `undefined` would be an option that is wrong. */
export function stated<T extends object>(options: T): Stated<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as Stated<T>;
}
