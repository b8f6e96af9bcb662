import type { Fault } from './fault.js';
import { setBack, wrongClock } from './faults/clocks.js';
import { corrupt, foreignKeys } from './faults/contents.js';
import { cutBus, healthyBus, restarted } from './faults/front-tier.js';
import { markerEvicted, slowLoad } from './faults/invalidation.js';
import { deleteWhileMute, mute, muteAtStart, muteForMany } from './faults/mute.js';
import { oneLoad } from './faults/one-load.js';
import { downAtStart, killed, poured, reconnects, usedAgain } from './faults/outages.js';
import { exits, threeNodes } from './faults/processes.js';
import {
  fullForANewValue,
  loading,
  maxClients,
  moved,
  outOfMemory,
  readOnly,
  wrongPassword,
} from './faults/refusals.js';
import { roundTrips } from './faults/round-trips.js';

/** Every fault, in the order of the table. */
export const FAULTS: readonly Fault[] = [
  downAtStart,
  killed,
  usedAgain,
  mute,
  muteForMany,
  muteAtStart,
  deleteWhileMute,
  maxClients,
  loading,
  wrongPassword,
  readOnly,
  outOfMemory,
  moved,
  fullForANewValue,
  roundTrips,
  poured,
  reconnects,
  corrupt,
  foreignKeys,
  exits,
  threeNodes,
  oneLoad,
  slowLoad,
  markerEvicted,
  healthyBus,
  cutBus,
  restarted,
  wrongClock,
  setBack,
];
