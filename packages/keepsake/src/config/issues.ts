import type { z } from 'zod';
import { BACKEND_TYPES } from './backend-schema.js';
import { type Show, valueAt } from './found.js';
import type { ConfigPath, Problem } from './problem.js';
import { allowedText, meantText } from './suggestion.js';

type Issue = z.core.$ZodIssue;

/** What the schema found wrong, as problems. */
export function problemsOf(issues: readonly Issue[], config: unknown, show: Show): Problem[] {
  return issues.flatMap((issue) => problemsAt(issue, issue.path, config, show));
}

function problemsAt(issue: Issue, path: ConfigPath, config: unknown, show: Show): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path,
      message: `there is no property '${key}'. ${allowedText(key, issue.message.split(' '), '`')}`,
    }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, message: `this name was found. Allowed: ${issue.issues[0]?.message}.` }];
  }
  const branch = issue.code === 'invalid_union' ? meantBranch(issue) : undefined;
  if (branch) return branch.flatMap((inner) => problemsAt(inner, [...path, ...inner.path], config, show));
  const value = valueAt(config, path);
  const allowed = allowedBy(issue, value);
  return [{ path, message: `${show(value, path)} was found. ${allowed}` }];
}

function allowedBy(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_value') return allowedText(value, issue.values.map(String));
  if (issue.code !== 'invalid_union') return `Allowed: ${issue.message}.`;
  if ('discriminator' in issue) return allowedText(value, BACKEND_TYPES);
  return `${meantText(value, wordsOf(issue))}Allowed: ${issue.message}.`;
}

/** The texts that a union would have taken. */
function wordsOf(issue: z.core.$ZodIssueInvalidUnion): readonly string[] {
  return issue.errors
    .flat()
    .flatMap((each) => (each.code === 'invalid_value' ? each.values.map(String) : []));
}

/** The alternative of a union that has the right shape, and only wrong parts. */
function meantBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  return issue.errors.find((branch) =>
    branch.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'),
  );
}
