export { file } from './file.js';
export type { FileOptions, ReadMode } from './options.js';
