/** What happened to a call or a load, for whoever counts. */
export type FlightReport =
  /** A fresh value was served. */
  | { readonly type: 'hit'; readonly tier: string }
  /** A stale value was served. */
  | { readonly type: 'stale'; readonly tier: string }
  /** A caller for whom the cache had nothing was given what a faster load brought. */
  | { readonly type: 'miss' }
  /** A caller joined a running flight. */
  | { readonly type: 'coalesced' }
  /** A remembered error was thrown again. */
  | { readonly type: 'rethrow'; readonly error: unknown }
  /** The loader settled; `missed` if a caller waited for that. */
  | { readonly type: 'load'; readonly duration: number; readonly missed: boolean }
  | {
      readonly type: 'loadError';
      readonly duration: number;
      readonly missed: boolean;
      readonly error: unknown;
    }
  | { readonly type: 'fenced' }
  | { readonly type: 'unstorable'; readonly error: unknown };

/** Takes the reports, each about one stored key. */
export type Report = (key: string, report: FlightReport) => void;
