import type { Backend } from './backend.js';

/** A method that a backend may have or not. */
export type Capability = Exclude<
  { [M in keyof Backend]-?: undefined extends Backend[M] ? M : never }[keyof Backend],
  'local'
>;

/** What every backend can do. */
export const required = [
  'get',
  'set',
  'delete',
  'clear',
  'keys',
] as const satisfies readonly (keyof Backend)[];

/** What a backend may be able to do besides: the names of its optional methods. */
export const capabilities = Object.keys({
  getMany: 1,
  setMany: 1,
  deleteMany: 1,
  touch: 1,
  setIf: 1,
  increment: 1,
  info: 1,
  ping: 1,
  sweep: 1,
  close: 1,
  acquire: 1,
  fill: 1,
  renew: 1,
  release: 1,
  occupied: 1,
  pin: 1,
  bus: 1,
} satisfies Record<Capability, 1>) as readonly Capability[];
