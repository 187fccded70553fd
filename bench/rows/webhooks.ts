import { Child } from '../child';
import { type Bench, type Measured, type Row } from '../row';
import { customerEvent, Service, signed, type Source } from '../service';

const REQUESTS = 10_000;
const CONNECTIONS = 64;

interface LoadResult {
  seconds: number;
  wrong: number;
}

/** Single signed webhooks, durable before the answer; the bare limit parses the same bodies and keeps nothing. */
async function run(bench: Bench): Promise<Measured> {
  const load = Child.start('http-load');
  const bare = Child.start('bare-http');
  const service = await Service.start(await bench.database(), bench.sinkPort, { ROLE: 'api' });
  try {
    const source = await service.call<Source>('POST', '/api/v1/sources', {
      key: 'shop',
      kind: 'generic',
      name: 'shop',
    });
    const at = new Date().toISOString();
    const requests = Array.from({ length: REQUESTS }, (_, i) =>
      signed(source, `delivery-${i}`, JSON.stringify({ ...customerEvent(i, at), id: undefined })),
    );
    const drive = (port: number): Promise<LoadResult> =>
      load.ask<LoadResult>({ port, method: 'POST', connections: CONNECTIONS, expect: 202, requests });
    const cpu = service.cpu();
    const ours = await drive(service.port);
    const used = service.cpu() - cpu;
    const { port } = await bare.ask<{ port: number }>({ kind: 'fastify' });
    const limit = await drive(port);
    if (ours.wrong > 0 || limit.wrong > 0) throw new Error(`${ours.wrong} webhooks were not taken`);
    return {
      perSecond: REQUESTS / ours.seconds,
      limitPerSecond: REQUESTS / limit.seconds,
      cpuSecondsPer1000: (used / REQUESTS) * 1000,
    };
  } finally {
    await service.stop();
    await load.stop();
    await bare.stop();
  }
}

export const webhooks: Row = {
  name: 'webhooks',
  unit: 'single signed webhooks',
  limit: 'bare Fastify, same posts',
  target: 0.25,
  run,
};
