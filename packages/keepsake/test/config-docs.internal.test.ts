import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

it('has docs/config.md and schema.json generated from the schema as it is', () => {
  const script = join(ROOT, 'scripts/generate-config-docs.ts');
  const loader = ['--conditions=@keepsake/source', '--import', require.resolve('tsx')];
  const { stderr, status } = spawnSync(process.execPath, [...loader, script, '--check'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
