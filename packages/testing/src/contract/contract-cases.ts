import { batches } from './batches.js';
import { clearing } from './clearing.js';
import { concurrency } from './concurrency.js';
import { conditional } from './conditional.js';
import type { ContractCase } from './contract-case.js';
import { counters } from './counters.js';
import { deletion } from './deletion.js';
import { expiry } from './expiry.js';
import { hostileKeys } from './hostile-keys.js';
import { leases } from './leases.js';
import { listing } from './listing.js';
import { pins } from './pins.js';
import { reading } from './reading.js';
import { touching } from './touching.js';
import { upkeep } from './upkeep.js';
import { values } from './values.js';

/** Every case of the backend contract, in the order in which they are told. Names are unique. */
export const contractCases: readonly ContractCase[] = [
  ...reading,
  ...expiry,
  ...deletion,
  ...clearing,
  ...listing,
  ...hostileKeys,
  ...values,
  ...concurrency,
  ...batches,
  ...touching,
  ...conditional,
  ...counters,
  ...leases,
  ...pins,
  ...upkeep,
];
