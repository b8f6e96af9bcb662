import fc from 'fast-check';
import type { CastOptions } from './cast.js';
import { programs } from './programs.js';
import type { Step } from './steps.js';
import { unhandledRejections } from './unhandled.js';
import { World } from './world.js';

const draws = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
  minLength: 1,
  maxLength: 6,
});

/** That no program makes the cast do what is wrong, unless that is `accepted`. A failure tells the whole story. */
export function whateverHappens(
  cast: CastOptions,
  accepted: (violation: string) => boolean = () => false,
): fc.IAsyncPropertyWithHooks<[Step[], number[]]> {
  return fc.asyncProperty(programs, draws, async (program, drawn) => {
    const rejections = unhandledRejections();
    const { violation, story } = await new World({ ...cast, draws: drawn }).run(program);
    const [unhandled] = await rejections.stop();
    const wrong = violation ?? (unhandled === undefined ? undefined : `nobody handled ${String(unhandled)}`);
    if (wrong !== undefined && !accepted(wrong)) throw new Error([wrong, ...story].join('\n'));
  });
}
