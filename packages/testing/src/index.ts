// The contract: what every backend has to do, case by case.
export {
  backendContract,
  type ContractOptions,
  type ContractResult,
  type ContractRunner,
} from './backend-contract.js';
export { type BusContractOptions, type BusHub, busContract } from './bus-contract.js';
export type { ContractCase } from './contract/contract-case.js';
export { contractCases } from './contract/contract-cases.js';
export { contractTable } from './contract/contract-table.js';

// Time in the hand of the test.
export { type ManualClock, manualClock } from './manual-clock.js';

// The reference back tier: one store, many connections.
export {
  type ConnectionOptions,
  type SharedMemory,
  type SharedMemoryOptions,
  sharedMemory,
  type Travel,
} from './shared-memory.js';

// Faults on demand.
export { type Chaos, type ChaosControls, type ChaosOptions, chaos, type Operation } from './chaos.js';
export { type ChaosBus, type ChaosBusControls, type ChaosBusOptions, chaosBus } from './chaos-bus.js';
