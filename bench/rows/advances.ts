import { MJML, SUBJECT } from '../mail';
import { type Bench, type Measured, type Row } from '../row';
import { Service } from '../service';
import { bareClaims, drain, freeze, release } from '../standing-enrollments';

const PEOPLE = 60_000;

/**
 * Enrollments advanced by the live loop over a wait: all are due at the same moment, each is claimed, its facts loaded,
 * its program run, and the next plan written back. Against a bare claim-and-update of as many rows. (What a mail step
 * costs beyond that stands in the rows `sends` and `webhook to mailbox`.)
 */
async function run(bench: Bench): Promise<Measured> {
  const service = await Service.start(await bench.database(), bench.sinkPort);
  try {
    await service.customers(PEOPLE);
    await service.call('POST', '/api/v1/templates', {
      key: 'news',
      name: 'News',
      defaultLocale: 'en',
      locales: { en: { subject: SUBJECT, mjml: MJML } },
    });
    await service.call('POST', '/api/v1/campaigns', {
      key: 'bench-advances',
      name: 'advances',
      purpose: 'custom',
      trigger: { on: 'manual' },
      holdout: 0.9999,
      steps: [
        { kind: 'wait', for: 'P1D' },
        { kind: 'wait', for: 'P1D' },
        { kind: 'email', key: 'mail', template: 'news' },
      ],
    });
    await service.call('POST', '/api/v1/campaigns/bench-advances/activate');
    await service.call('POST', '/api/v1/campaigns/bench-advances/enrollments', { segment: 'subscribed' });
    return await service.withSql(async (sql) => {
      await freeze(sql, PEOPLE);
      await release(sql);
      const cpu = service.cpu();
      const seconds = await drain(sql);
      const cpuSecondsPer1000 = ((service.cpu() - cpu) / PEOPLE) * 1000;
      return { perSecond: PEOPLE / seconds, limitPerSecond: await bareClaims(sql, PEOPLE), cpuSecondsPer1000 };
    });
  } finally {
    await service.stop();
  }
}

export const advances: Row = {
  name: 'advances',
  unit: 'enrollments advanced',
  limit: 'bare SKIP LOCKED claim-and-update',
  target: 0.25,
  run,
};
