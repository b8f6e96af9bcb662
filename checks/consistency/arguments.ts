import { parseArgs } from 'node:util';
import { NEMESES, type Nemesis } from './nemesis.js';
import { PROTECTIONS, type Protection } from './protections.js';

/** What the command line says. */
export interface Arguments {
  readonly seed: number;
  /** Those that were named. */
  readonly nemeses: readonly Nemesis[] | undefined;
  readonly seconds: number;
  readonly processes: number;
  readonly clients: number;
  readonly keys: number;
  readonly without: Protection | undefined;
  readonly expectViolation: boolean;
  readonly writeDocs: boolean;
}

const OPTIONS = {
  seed: { type: 'string' },
  nemesis: { type: 'string', multiple: true },
  seconds: { type: 'string', default: '30' },
  processes: { type: 'string', default: '4' },
  clients: { type: 'string', default: '6' },
  keys: { type: 'string', default: '21' },
  without: { type: 'string' },
  'expect-violation': { type: 'boolean', default: false },
  'write-docs': { type: 'boolean', default: false },
} as const;

/**
 * Reads a command line; a seed that is not given is picked.
 *
 * @throws Error that says what was given and what is allowed
 */
export function argumentsOf(args: readonly string[]): Arguments {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  return {
    seed: count('seed', values.seed ?? String(Math.floor(Math.random() * 2 ** 31)), 0),
    nemeses: values.nemesis?.map(nemesisNamed),
    seconds: count('seconds', values.seconds, 1),
    processes: count('processes', values.processes, 2),
    clients: count('clients', values.clients, 1),
    keys: count('keys', values.keys, 1),
    without: values.without === undefined ? undefined : protectionNamed(values.without),
    expectViolation: values['expect-violation'],
    writeDocs: values['write-docs'],
  };
}

function count(option: string, given: string, least: number): number {
  const number = Number(given);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`--${option} ${given} was given. Allowed: a whole number from ${least} on.`);
}

function nemesisNamed(given: string): Nemesis {
  const found = NEMESES.find(({ name }) => name === given);
  if (found) return found;
  const names = NEMESES.map(({ name }) => `'${name}'`).join(', ');
  throw new Error(`--nemesis '${given}' was given. Allowed: ${names}.`);
}

function protectionNamed(given: string): Protection {
  const found = PROTECTIONS.find((name) => name === given);
  if (found) return found;
  throw new Error(`--without ${given} was given. Allowed: ${PROTECTIONS.join(', ')}.`);
}
