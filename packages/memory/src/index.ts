export { MemoryBackend, memory } from './memory.js';
export type { Isolation, MemoryOptions } from './options.js';
