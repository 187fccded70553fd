import { Child } from '../child';
import { MJML, SUBJECT } from '../mail';
import { type Bench, type Measured, type Row } from '../row';
import { customerEvent, Service, signed, type Source, until } from '../service';

const PEOPLE = 2_000;
const CONNECTIONS = 32;

/** From a signed webhook of a new customer to the welcome mail in the sink, each by itself. */
async function run(bench: Bench): Promise<Measured> {
  const load = Child.start('http-load');
  const service = await Service.start(await bench.database(), bench.sinkPort);
  try {
    const source = await service.call<Source>('POST', '/api/v1/sources', {
      key: 'shop',
      kind: 'generic',
      name: 'shop',
    });
    await service.call('POST', '/api/v1/templates', {
      key: 'news',
      name: 'News',
      defaultLocale: 'en',
      locales: { en: { subject: SUBJECT, mjml: MJML } },
    });
    await service.call('POST', '/api/v1/campaigns', {
      key: 'bench-welcome',
      name: 'welcome',
      purpose: 'welcome',
      trigger: { on: 'event', event: 'customer.created' },
      steps: [{ kind: 'email', key: 'hello', template: 'news' }],
    });
    await service.call('POST', '/api/v1/campaigns/bench-welcome/activate');
    await bench.sink.ask({ kind: 'reset' });
    const at = new Date().toISOString();
    const requests = Array.from({ length: PEOPLE }, (_, i) =>
      signed(source, `delivery-${i}`, JSON.stringify({ ...customerEvent(i, at), id: undefined })),
    );
    const cpu = service.cpu();
    const started = Date.now();
    const posted = await load.ask<{ wrong: number }>({
      port: service.port,
      method: 'POST',
      connections: CONNECTIONS,
      expect: 202,
      requests,
    });
    const counted = await until('the mails', async () => {
      const count = await bench.sink.ask<{ count: number; distinct: number; last: number }>({ kind: 'count' });
      return count.count >= PEOPLE && count;
    });
    if (posted.wrong > 0 || counted.distinct !== PEOPLE) throw new Error('webhooks or mails were lost or doubled');
    return {
      perSecond: PEOPLE / ((counted.last - started) / 1000),
      limitPerSecond: null,
      cpuSecondsPer1000: ((service.cpu() - cpu) / PEOPLE) * 1000,
    };
  } finally {
    await service.stop();
    await load.stop();
  }
}

export const endToEnd: Row = {
  name: 'webhook to mailbox',
  unit: 'mails, each from its own webhook',
  limit: '-',
  target: null,
  run,
};
