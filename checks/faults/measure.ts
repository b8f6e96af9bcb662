import type { Fault, Figure } from './fault.js';
import { Stage } from './stage.js';
import type { SubjectName } from './subjects/names.js';

/** What came of one fault and one cache: its figures by name. */
export type Figures = Readonly<Record<string, Figure>>;

/** Makes the fault happen to the cache, and ends whatever was started for it. */
export async function measure(fault: Fault, subject: SubjectName): Promise<Figures> {
  const stage = new Stage(subject);
  try {
    return await fault.run(stage);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return Object.fromEntries(Object.keys(fault.bounds).map((name) => [name, `not measured: ${said}`]));
  } finally {
    await stage.end();
  }
}

/** The figures that do not hold, in words; `leniency` widens bounds in ms, for a machine that has other work. */
export function broken(fault: Fault, figures: Figures, leniency = 1): string[] {
  return Object.entries(fault.bounds).flatMap(([name, bound]) => {
    const figure = figures[name] ?? 'missing';
    return bound.holds(figure, leniency) ? [] : [`${fault.name}: ${name}: ${figure} (${bound.text})`];
  });
}
