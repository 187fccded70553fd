import { MJML, SUBJECT } from '../mail';
import { type Bench, type Measured, type Row } from '../row';
import { Service } from '../service';
import { bareClaims, drain, freeze, release } from '../standing-enrollments';

const PEOPLE = 100_000;
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * Enrollments of a program with a branch (on the address and on orders within a window) and a send window that is closed:
 * all are due at the same moment. Every one has its condition decided and logged with its values; half of them come to a
 * mail that asks the contact policy and is deferred, the others wait for a weekday and an hour. Against a bare
 * claim-and-update of as many rows.
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
    await service.call('POST', '/api/v1/campaigns', definition());
    await service.call('POST', '/api/v1/campaigns/bench-branches/activate');
    await service.call('POST', '/api/v1/campaigns/bench-branches/enrollments', { segment: 'subscribed' });
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

function definition(): object {
  const closed = WEEKDAYS[(new Date().getUTCDay() + 3) % 7];
  const half = ['c1', 'c2', 'c3', 'c4', 'c5'].map((value) => ({ field: 'email', op: 'startsWith', value }));
  const bought = { field: 'orders.count', op: 'gte', value: 1, within: 'P90D' };
  return {
    key: 'bench-branches',
    name: 'branches and windows',
    purpose: 'custom',
    trigger: { on: 'manual' },
    maxLateness: 'P7D',
    sendWindow: { days: [closed], from: '09:00', to: '20:00', timezone: 'customer' },
    steps: [
      { kind: 'wait', for: 'P1D' },
      {
        kind: 'branch',
        if: { all: [{ any: half }, { not: bought }] },
        then: [{ kind: 'email', key: 'mail', template: 'news' }],
        else: [
          { kind: 'wait', at: '09:00', days: ['mon'] },
          { kind: 'email', key: 'later', template: 'news' },
        ],
      },
    ],
  };
}

export const branches: Row = {
  name: 'branches',
  unit: 'enrollments advanced over branches and windows',
  limit: 'bare SKIP LOCKED claim-and-update',
  target: 0.15,
  run,
};
