// The contract: what every backend has to do.
export {
  backendContract,
  type ContractOptions,
  type ContractResult,
  type ContractRunner,
} from './backend-contract.js';

// Faults on demand.
export { type Chaos, type ChaosControls, type ChaosOptions, chaos, type Operation } from './chaos.js';
export { type ChaosBus, type ChaosBusControls, type ChaosBusOptions, chaosBus } from './chaos-bus.js';

// The cases of the contract, and what became of them.
export type { ContractCase } from './contract/contract-case.js';
export { contractCases } from './contract/contract-cases.js';
export { contractTable } from './contract/contract-table.js';

// Time.
export { type ManualClock, manualClock } from './manual-clock.js';

// The reference back tier.
export {
  type ConnectionOptions,
  type SharedMemory,
  type SharedMemoryOptions,
  sharedMemory,
  type Travel,
} from './shared-memory.js';
