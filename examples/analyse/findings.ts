import type { Analysis } from './analyse-source.js';
import type { Unit } from './complexity.js';
import { packageOf } from './find-sources.js';

/** What is worth a look among the results. */
export interface Findings {
  readonly packages: number;
  readonly exports: number;
  /** Share of the exports that have a doc comment, 0 to 1. */
  readonly documented: number;
  /** Files whose code another file has too, comments and layout aside. */
  readonly repeated: number;
  readonly mostComplex: readonly (Unit & { readonly path: string })[];
  readonly leastDocumented: readonly PackageDocs[];
}

interface PackageDocs {
  readonly name: string;
  readonly exports: number;
  readonly documented: number;
}

const TOP = 5;
/** A package with fewer exports than this says little about the habits of its authors. */
const ENOUGH_EXPORTS = 50;

export function findingsOf(analyses: ReadonlyMap<string, Analysis>): Findings {
  const packages = perPackage(analyses);
  const exports = sum(packages, (one) => one.exports);
  const documented = sum(packages, (one) => one.documented);
  return {
    packages: packages.length,
    exports,
    documented: exports === 0 ? 0 : documented / exports,
    repeated: analyses.size - new Set([...analyses.values()].map(({ code }) => code)).size,
    mostComplex: mostComplex(analyses),
    leastDocumented: packages
      .filter((one) => one.exports >= ENOUGH_EXPORTS)
      .sort((a, b) => a.documented / a.exports - b.documented / b.exports || b.exports - a.exports)
      .slice(0, TOP),
  };
}

function perPackage(analyses: ReadonlyMap<string, Analysis>): readonly PackageDocs[] {
  const found = new Map<string, PackageDocs>();
  for (const [path, { exports, documented }] of analyses) {
    const name = packageOf(path);
    const before = found.get(name) ?? { name, exports: 0, documented: 0 };
    found.set(name, {
      name,
      exports: before.exports + exports,
      documented: before.documented + documented,
    });
  }
  return [...found.values()];
}

/** The files with the most complex units; one line per unit, since packages often ship the same file twice. */
function mostComplex(analyses: ReadonlyMap<string, Analysis>): Findings['mostComplex'] {
  const found = new Map<string, Findings['mostComplex'][number]>();
  for (const [path, { worst }] of analyses) {
    const unit = worst && `${worst.name} ${worst.complexity}`;
    if (unit && !found.has(unit)) found.set(unit, { path, ...worst });
  }
  return [...found.values()].sort((a, b) => b.complexity - a.complexity).slice(0, TOP);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
