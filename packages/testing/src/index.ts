// The contract: what every backend has to do.
export {
  backendContract,
  type ContractOptions,
  type ContractResult,
  type ContractRunner,
} from './backend-contract.js';
export type { Capability, ContractCase } from './contract/contract-case.js';
export { contractCases } from './contract/contract-cases.js';
export { contractTable } from './contract/contract-table.js';

// Time.
export { type ManualClock, manualClock } from './manual-clock.js';

// A back tier in memory.
export {
  type ConnectionOptions,
  type SharedMemory,
  type SharedMemoryOptions,
  sharedMemory,
  type Travel,
} from './shared-memory.js';
