import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ELSEWHERE } from './elsewhere.js';
import { FAULTS } from './list.js';
import { broken, measure } from './measure.js';
import { DOCUMENT, listMark } from './report.js';

/** Other tests run at the same time: bounds in ms are so many times wider than in `npm run test:faults`. */
const BUSY = 4;

const root = process.cwd();
const quick = FAULTS.filter((fault) => fault.quick);

describe('Keepsake, with everything at its defaults,', () => {
  it.each(quick.map((fault) => [fault.name, fault] as const))(
    'keeps what is promised of: %s',
    async (_name, fault) => {
      expect(broken(fault, await measure(fault, 'keepsake'), BUSY)).toEqual([]);
    },
    90_000,
  );
});

describe('a figure', () => {
  const [fault] = quick;

  it('that is too high, is no number, or was not measured is told with its bound', () => {
    if (!fault) throw new Error('there is no quick row');
    const figures = { 'first call': 300 * BUSY + 1, 'second call': 'hangs', process: 'lives' };
    expect(broken(fault, figures, BUSY)).toEqual([
      `${fault.name}: first call: 1201 (≤ 300 ms)`,
      `${fault.name}: second call: hangs (≤ 5 ms)`,
      `${fault.name}: lines printed: missing (≤ 1)`,
    ]);
  });
});

describe(DOCUMENT, () => {
  const page = readFileSync(join(root, DOCUMENT), 'utf8');

  it('was made by the present list: if not, run `npm run test:faults`', () => {
    expect(page).toContain(`list ${listMark()} -->`);
  });

  it.each(FAULTS.map(({ name }) => [name]))('holds the row: %s', (name) => {
    expect(page).toContain(`\n| ${name} | `);
    expect(page).toContain(`- **${name}**: `);
  });

  it('measured all that Keepsake promises', () => {
    expect(page).not.toContain('not measured');
  });

  it.each(ELSEWHERE.map((each) => [each.row, each] as const))(
    'names a test that is there: %s',
    (row, { file, test }) => {
      expect(page).toContain(`| ${row} | `);
      const source = readFileSync(join(root, file), 'utf8');
      expect(source).toMatch(new RegExp(`['"\`]${test.replace(/[.*+?^$()[\]{}|\\]/g, '\\$&')}['"\`]`));
    },
  );
});
