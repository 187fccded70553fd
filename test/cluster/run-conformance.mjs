// Conformance stories against one `api` and two `worker` processes on one database, one worker killed in the middle.
// Usage: node test/cluster/run-conformance.mjs <DATABASE_URL of an empty database> <scenario file> (after a build).
import { spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [databaseUrl, file] = process.argv.slice(2);
const conformance = path.dirname(path.dirname(path.resolve(file)));
const { Service, sleep } = await import(pathToFileURL(path.join(conformance, 'lib/service.mjs')));
const scenario = await import(pathToFileURL(path.resolve(file)));

const workers = [];
const startWorker = (env) => {
  const child = spawn(process.execPath, ['dist/src/main.js'], {
    env: { ...env, ROLE: 'worker', PORT: '0' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  workers.push(child);
  return child;
};

let passed = 0;
let failed = 0;
let service;
try {
  service = await Service.start({ ...scenario.env, DATABASE_URL: databaseUrl, ROLE: 'api' }, scenario.hooks);
  const first = startWorker(service.env);
  startWorker(service.env);
  const check = async (what, fn) => {
    try {
      await fn();
      passed++;
      console.log(`  ok    ${what}`);
    } catch (error) {
      failed++;
      console.log(`  FAIL  ${what}\n        ${String(error?.message ?? error).slice(0, 1500)}`);
    }
    // In the middle of the story, and in the middle of whatever the worker is doing.
    if (passed + failed === 4) first.kill('SIGKILL');
  };
  await scenario.run(service, check);
  if (!first.killed) throw new Error('the story ended before the worker was killed');
} catch (error) {
  failed++;
  console.log(`  FAIL  story stopped: ${String(error?.stack ?? error).slice(0, 2500)}`);
} finally {
  for (const worker of workers) worker.kill('SIGTERM');
  await Promise.all(
    workers.map((w) => w.exitCode !== null || w.signalCode !== null || new Promise((done) => w.once('exit', done))),
  );
  await service?.stop();
  await sleep(0);
}
console.log(`cluster: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
