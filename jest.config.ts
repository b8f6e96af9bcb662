/** @jest-config-loader esbuild-register */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from 'jest';

type Project = Exclude<NonNullable<Config['projects']>[number], string>;

/**
 * KEEPSAKE_TARGET=src (default): workspace packages resolve to their TypeScript sources, no build needed.
 * KEEPSAKE_TARGET=esm | cjs:     the same suites against packages/<name>/dist/{esm,cjs} (run `npm run build` first).
 *                                esm also needs NODE_OPTIONS=--experimental-vm-modules.
 */
const target = (process.env.KEEPSAKE_TARGET ?? 'src') as 'src' | 'esm' | 'cjs';
const esm = target === 'esm';
const root = __dirname;
const packages = readdirSync(join(root, 'packages')).filter((p) =>
  existsSync(join(root, 'packages', p, 'test')),
);

/** Dependencies without a CommonJS build: jest (Node < 24.9) cannot require() them, so ts-jest compiles them. */
const ESM_ONLY = ['quick-lru', '@noble/hashes'];

/** Packages whose suites talk to a real redis-server: started once, before the first of them. */
const NEEDS_REDIS = ['keyv', 'testing', 'keepsake'];

// One jest project per (package, decorator mode). Not two `transform` entries in one project: ts-jest caches its
// config by jest project and would silently use the first tsconfig for both.
function project(pkg: string, mode: 'tc39' | 'legacy'): Project {
  const legacy = mode === 'legacy';
  return {
    displayName: legacy ? `${pkg}:legacy` : pkg,
    rootDir: root,
    roots: [`<rootDir>/packages/${pkg}/src`, `<rootDir>/packages/${pkg}/test`],
    testMatch: [`<rootDir>/packages/${pkg}/test/**/*${legacy ? '.legacy' : ''}.test.ts`],
    testPathIgnorePatterns: [
      '/node_modules/',
      // What servers do when they fail is the same for every build.
      ...(target === 'src' ? [] : ['keyv/test/redis-(sentinel|cluster|faults|bus-outage)\\.test\\.ts$']),
      ...(legacy ? [] : ['\\.legacy\\.test\\.ts$']),
      ...(target === 'src' ? [] : ['\\.internal\\.test\\.ts$']),
    ],
    testEnvironmentOptions: {
      customExportConditions: [...(target === 'src' ? ['@keepsake/source'] : []), 'node', 'node-addons'],
    },
    // TypeScript sources import './x.js'; the file is './x.ts'.
    moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
    ...(esm ? { extensionsToTreatAsEsm: ['.ts'] } : {}),
    ...(NEEDS_REDIS.includes(pkg)
      ? {
          globalSetup: '<rootDir>/test-support/redis-global-setup.ts',
          globalTeardown: '<rootDir>/test-support/redis-global-teardown.ts',
        }
      : {}),
    transform: {
      [esm ? '\\.ts$' : '\\.[jt]s$']: [
        'ts-jest',
        {
          useESM: esm,
          tsconfig: `<rootDir>/tsconfig.jest${legacy ? '-legacy' : ''}${esm ? '.esm' : ''}.json`,
        },
      ],
    },
    transformIgnorePatterns: esm
      ? ['/node_modules/', '/dist/']
      : [`/node_modules/(?!(${ESM_ONLY.join('|')})/)`, '/dist/'],
  };
}

const hasLegacy = (pkg: string): boolean =>
  readdirSync(join(root, 'packages', pkg, 'test'), { recursive: true }).some((f) =>
    String(f).endsWith('.legacy.test.ts'),
  );

/** Suites outside the packages: what the docs show, what the main job does. */
function outside(folder: string): Project {
  return {
    ...project('core', 'tc39'),
    displayName: folder,
    roots: [`<rootDir>/${folder}`],
    testMatch: [`<rootDir>/${folder}/*/*.test.ts`],
    testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    globalSetup: '<rootDir>/test-support/redis-global-setup.ts',
    globalTeardown: '<rootDir>/test-support/redis-global-teardown.ts',
  };
}

const config: Config = {
  projects: [
    ...packages.flatMap((p) => [project(p, 'tc39'), ...(hasLegacy(p) ? [project(p, 'legacy')] : [])]),
    // They run the sources in processes of their own, so there is nothing to see in other targets.
    ...(target === 'src' ? [outside('docs'), outside('examples'), outside('checks')] : []),
  ],
  maxWorkers: 2,
  coverageProvider: 'babel',
  coverageDirectory: 'coverage',
  collectCoverageFrom: ['packages/*/src/**/*.ts', '!**/*.d.ts', '!packages/core/src/index.ts'],
  coverageThreshold: {
    global: { branches: 70, functions: 80, lines: 80, statements: 80 },
    './packages/core/src/': { branches: 80, functions: 90, lines: 90, statements: 90 },
  },
};
export default config;
