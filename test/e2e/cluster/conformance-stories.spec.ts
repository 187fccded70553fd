import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createTestDatabase } from '../../support/database';

const SCENARIOS = path.resolve(__dirname, '../../../../shared/conformance/scenarios');
const present = existsSync(SCENARIOS);

function scenario(number: string): string {
  const file = present ? readdirSync(SCENARIOS).find((name) => name.startsWith(number)) : undefined;
  return path.join(SCENARIOS, file ?? '');
}

async function runStory(file: string): Promise<{ code: number | null; output: string }> {
  const database = await createTestDatabase();
  try {
    const child = spawn(process.execPath, ['test/cluster/run-conformance.mjs', database.url, file], {
      cwd: path.resolve(__dirname, '../../..'),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise<number | null>((done) => child.once('exit', done));
    return { code, output };
  } finally {
    await database.close();
  }
}

/** Needs the build (`npm test` makes it) and the outside conformance run beside the project; skipped without the latter. */
(present ? describe : describe.skip)('one api and two worker processes, one worker killed in the middle', () => {
  it.each(['14', '16'])(
    'conformance story %s passes',
    async (number) => {
      const { code, output } = await runStory(scenario(number));
      expect(`${output}\nexit ${code}`).toMatch(
        /cluster: \d+ passed, 0 failed\nexit 0$|cluster: \d+ passed, 0 failed\n\nexit 0$/,
      );
    },
    240_000,
  );
});
