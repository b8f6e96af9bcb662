import type { ContractResult } from '../backend-contract.js';

const MARKS: Readonly<Record<ContractResult['outcome'], string>> = {
  passed: '✓',
  failed: '✗',
  absent: '–',
  skipped: 'skipped',
};

/**
 * The Markdown table of backends × cases, made from what `onResult` was told. A case that was tried twice shows its worse outcome.
 *
 * @example
 * ```ts
 * import { contractTable, type ContractResult } from '@keepsake/testing';
 * const results: ContractResult[] = [];
 * // backendContract('memory', { describe, it, expect }, { create, onResult: (result) => results.push(result) });
 * contractTable(results); // | reading | memory | …
 * ```
 */
export function contractTable(results: readonly ContractResult[]): string {
  const backends = [...new Set(results.map((result) => result.backend))];
  const concepts = [...new Set(results.map((result) => result.concept))];
  const sections = concepts.map((concept) =>
    section(
      concept,
      backends,
      results.filter((result) => result.concept === concept),
    ),
  );
  return `${sections.join('\n\n')}\n`;
}

function section(concept: string, backends: readonly string[], results: readonly ContractResult[]): string {
  const names = [...new Set(results.map((result) => result.name))];
  const rows = names.map((name) => {
    const marks = backends.map((backend) =>
      mark(results.filter((r) => r.name === name && r.backend === backend)),
    );
    return row([name, ...marks]);
  });
  return [row([concept, ...backends]), row(['---', ...backends.map(() => ':-:')]), ...rows].join('\n');
}

function mark(results: readonly ContractResult[]): string {
  const worst = (['failed', 'skipped', 'passed', 'absent'] as const).find((outcome) =>
    results.some((result) => result.outcome === outcome),
  );
  return worst ? MARKS[worst] : '';
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
