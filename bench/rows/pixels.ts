import { Child } from '../child';
import { MJML, SUBJECT } from '../mail';
import { type Bench, type Measured, type Row } from '../row';
import { Service, until } from '../service';
import { enrolAll } from './sends';

const PEOPLE = 200;
const HITS = 30_000;
const CONNECTIONS = 64;
const BROWSER = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)';

/** Opens of real mails, kept before they are answered; against node's own server with the same GIF. */
async function run(bench: Bench): Promise<Measured> {
  const load = Child.start('http-load');
  const bare = Child.start('bare-http');
  const service = await Service.start(await bench.database(), bench.sinkPort);
  try {
    const paths = await pixelPaths(service, bench.sink);
    const requests = Array.from({ length: HITS }, (_, at) => ({
      path: paths[at % paths.length] ?? '',
      headers: { 'user-agent': BROWSER },
    }));
    const drive = (port: number): Promise<{ seconds: number; wrong: number }> =>
      load.ask({ port, method: 'GET', connections: CONNECTIONS, expect: 200, requests });
    const cpu = service.cpu();
    const ours = await drive(service.port);
    const used = service.cpu() - cpu;
    const kept = (): Promise<number> =>
      service.withSql(
        async (sql) => (await sql.query<{ n: number }>('select count(*)::int as n from hits')).rows[0]?.n ?? 0,
      );
    // What did not find its commit in time was answered from disk, and is written a second later.
    await until(`all of ${HITS} opens in the record`, async () => (await kept()) === HITS || undefined);
    const { port } = await bare.ask<{ port: number }>({ kind: 'node' });
    const limit = await drive(port);
    return {
      perSecond: HITS / ours.seconds,
      limitPerSecond: HITS / limit.seconds,
      cpuSecondsPer1000: (used / HITS) * 1000,
    };
  } finally {
    await service.stop();
    await load.stop();
    await bare.stop();
  }
}

/** The pixels of real mails, read from what the sink was sent. */
async function pixelPaths(service: Service, sink: Child): Promise<string[]> {
  await service.customers(PEOPLE);
  await service.call('POST', '/api/v1/templates', {
    key: 'news',
    name: 'News',
    defaultLocale: 'en',
    locales: { en: { subject: SUBJECT, mjml: MJML } },
  });
  await sink.ask({ kind: 'reset', keep: true });
  await enrolAll(service, 'bench-pixels');
  return until('the mails', async () => {
    const { bodies } = await sink.ask<{ bodies: string[] }>({ kind: 'bodies' });
    // Quoted-printable: soft line breaks out, then the path stands in one piece.
    const found = bodies.flatMap((body) => /\/t\/o\/[\w-]+/.exec(body.replace(/=\r\n/g, ''))?.[0] ?? []);
    return found.length === PEOPLE && found;
  });
}

export const pixels: Row = {
  name: 'pixels',
  unit: 'opens',
  limit: "node's own HTTP server, same GIF",
  target: 0.35,
  run,
};
