// ESM + .d.ts: tsc -b (TypeScript 7, native).  CJS: one esbuild bundle per package with ESM-only deps inlined.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const clean = process.argv.includes('--clean');
/** Dependencies that publish no CommonJS: inlined in the CJS build, external in the ESM build. */
const ESM_ONLY = ['quick-lru', '@noble/hashes'];
const pkgs = readdirSync(join(root, 'packages'));

if (clean) for (const p of pkgs) rmSync(join(root, 'packages', p, 'dist'), { recursive: true, force: true });

const tsc = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript-native/bin/tsc'), '-b', '--pretty'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

await Promise.all(
  pkgs.map(async (p) => {
    const dir = join(root, 'packages', p);
    const pkg = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
    const deps = Object.keys({ ...pkg.dependencies, ...pkg.peerDependencies });
    // Platform files behind package.json "imports" stay separate modules, so that the resolver picks one.
    const platform = existsSync(join(dir, 'src'))
      ? readdirSync(join(dir, 'src'), { recursive: true })
          .map(String)
          .filter((f) => /\.(node|web)\.ts$/.test(f))
      : [];
    const external = deps.filter((d) => !ESM_ONLY.includes(d)).flatMap((d) => [d, `${d}/*`]);
    const out = join(dir, 'dist/cjs');
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    await build({
      absWorkingDir: dir,
      entryPoints: ['src/index.ts', ...platform.map((f) => `src/${f}`)],
      outdir: 'dist/cjs',
      outbase: 'src',
      outExtension: { '.js': '.cjs' },
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20.19',
      external: [...external, '#*'],
      sourcemap: true,
      // jest cannot import() from CommonJS; what is loaded late is a dual package, so that require() does.
      supported: { 'dynamic-import': false },
      logLevel: 'warning',
      tsconfig: 'tsconfig.json',
    });
    // Declarations for require(): same text as .d.cts (a nested package.json would start a new scope and lose "imports").
    const esm = join(dir, 'dist/esm');
    for (const f of readdirSync(esm, { recursive: true }).map(String)) {
      if (!f.endsWith('.d.ts')) continue;
      const text = readFileSync(join(esm, f), 'utf8')
        .replace(/((?:from|import\(|import)\s*)(['"])(\.{1,2}\/[^'"]+)\.js\2/g, '$1$2$3.cjs$2')
        .replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
      const to = join(out, f.replace(/\.d\.ts$/, '.d.cts'));
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, text);
    }
  }),
);
