// One cache in a process of its own, that does what its parent orders. Started by `SubjectProcess`.
import type { Answer, Numbered } from './orders.js';
import { perform } from './perform.js';
import type { Start } from './subject-process.js';
import { openerOf } from './subjects/open.js';
import { startShifted } from './wall-clock.js';

const { subject, place, shifted } = JSON.parse(process.argv[2] as string) as Start;
// Before anything that tells the time is imported: hence the dynamic import behind `openerOf`.
if (shifted) startShifted(shifted);
const cache = (await openerOf(subject))(place);

// No listener for unhandled rejections, on purpose: Node ends the process at the first one, as it would end a user's.
process.on('message', (numbered: Numbered) => void answer(numbered));
process.send?.('ready');

async function answer({ id, order, within }: Numbered): Promise<void> {
  const became: Answer = { id, ...(await perform(cache, order, within)) };
  process.send?.(became, () => {
    if (order.do === 'leave') process.disconnect();
  });
}
