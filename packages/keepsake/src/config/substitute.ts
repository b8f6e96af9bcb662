import type { ConfigPath, Problem } from './problem.js';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A config with its placeholders replaced. */
export interface Substituted {
  readonly config: unknown;
  readonly problems: readonly Problem[];
  /** The paths whose text came, at least in part, from a variable: it may be secret. */
  readonly fromVariables: readonly ConfigPath[];
}

const PLACEHOLDER = /\$\$\{|\$\{([^}]*)\}?/g;
const VARIABLE = /^([A-Za-z_]\w*)(?::-(.*))?$/s;

/**
 * Replaces `${NAME}` and `${NAME:-default}` in all texts of `config` by variables of `env`; `$${` stands for `${`.
 * A variable that is empty counts as not set.
 */
export function substituted(config: unknown, env: Environment): Substituted {
  const problems: Problem[] = [];
  const fromVariables: ConfigPath[] = [];
  const replaced = (text: string, path: ConfigPath): string =>
    text.replace(PLACEHOLDER, (placeholder, inside?: string) => {
      if (placeholder === '$${') return '${';
      const [, name, preset] = VARIABLE.exec(placeholder.endsWith('}') ? (inside ?? '') : '') ?? [];
      if (name === undefined) {
        problems.push({ path, message: MALFORMED });
        return placeholder;
      }
      fromVariables.push(path);
      const value = env[name] || preset;
      if (value === undefined) problems.push({ path, message: unset(name) });
      return value ?? placeholder;
    });
  return { config: mapped(config, [], replaced), problems, fromVariables };
}

const MALFORMED =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what a user writes
  'a placeholder that cannot be read was found. Allowed: ${NAME}, ${NAME:-default}, and $${ for a literal ${.';

function unset(name: string): string {
  return `the environment variable ${name} is not set. Set it, or give a default: \${${name}:-default}.`;
}

function mapped(value: unknown, path: ConfigPath, text: (text: string, path: ConfigPath) => string): unknown {
  if (typeof value === 'string') return text(value, path);
  if (Array.isArray(value)) return value.map((each, i) => mapped(each, [...path, i], text));
  if (!isPlain(value)) return value;
  const entries = Object.entries(value).map(([name, each]) => [name, mapped(each, [...path, name], text)]);
  return Object.fromEntries(entries);
}

/** A client or a store in a config that is code is not looked into. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Not compared with Object.prototype: a config that was loaded in another realm has another one.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
