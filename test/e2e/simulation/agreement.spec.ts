import { ApiClient } from '../../../src/demo/api-client';
import { SimulationPlans } from '../../../src/enrollments/simulation/simulation-plans';
import { type SimulationResult, Simulator } from '../../../src/enrollments/simulation/simulator';
import { ADMIN_KEY, startTestApp, type TestApp } from '../../support/app';
import { CAMPAIGNS } from '../../support/simulation/campaigns';
import { LinesListener, livedLines } from '../../support/simulation/lived-rows';
import { DAYS, RecordedShop, SHOP_OPENS } from '../../support/simulation/recorded-shop';

const SCALE = { seed: 11, known: 36, newcomers: 20, visits: 60, orders: 30 };

/** Words of decisions without which the comparison would prove little. */
const KINDS = [
  ...['treatment', 'holdout', 'already_active', 'waitFor', 'branch', 'split', 'tag', 'enroll', 'exit '],
  ...['queued null', 'held_out null', 'skipped frequency_cap', 'skipped unsubscribed', 'ended goal', 'ended completed'],
  ...['wait steps[0] product', 'wait steps[0] shop', 'wait steps[2] product', 'wait steps[2] exited'],
  ...['mail refill queued', 'mail refill-now queued'],
  ...['mail gift queued', 'mail no-gift skipped no_coupon', 'mail no-gift held_out', 'mail gift-or-not queued'],
];

describe('a simulation of weeks that the live engine has lived through', () => {
  let service: TestApp;
  let lived: string[];
  const period = {
    from: SHOP_OPENS.toISOString(),
    to: new Date(SHOP_OPENS.getTime() + DAYS * 86_400_000 + 1).toISOString(),
  };

  beforeAll(async () => {
    service = await startTestApp({ clock: SHOP_OPENS.toISOString() });
    await new RecordedShop(new ApiClient(service.url, ADMIN_KEY), SCALE).live();
    lived = await livedLines(service.database);
  }, 600_000);
  afterAll(() => service.close());

  async function simulate(campaign: string, listener?: LinesListener): Promise<SimulationResult> {
    const { job } = await service.app.get(SimulationPlans, { strict: false }).plan(campaign, period);
    return service.app.get(Simulator, { strict: false }).run(job, listener ? { listener } : {});
  }

  it('lived through every kind of decision', () => {
    expect(KINDS.filter((kind) => !lived.some((line) => line.includes(kind)))).toEqual([]);
  });

  it('lived through times to replenish that changed on the way', async () => {
    const [row] = await service.database.query<{ n: number }>(
      `select count(distinct values ->> 'days')::int as n from enrollment_decisions where kind = 'wait' and outcome = 'product'`,
    );
    expect(row?.n).toBeGreaterThan(1);
  });

  it('lived through news to somebody whose order was cancelled afterwards, and to whom none went out later', async () => {
    const [row] = await service.database.query<{ news: number }>(
      `select count(*)::int as news from enrollments e join campaigns c on c.id = e.campaign_id and c.key = 'tuesday-news'
       join customers p on p.id = e.customer_id and p.external_id = 'fickle'`,
    );
    expect(row?.news).toBe(1);
  });

  it('finds every entry, refusal, decision, mail and end as it was, none missing and none too many', async () => {
    const listener = new LinesListener();
    await simulate('hello-you', listener);
    const simulated = listener.lines;
    const [then, now] = [new Set(lived), new Set(simulated)];
    const missing = lived.filter((line) => !now.has(line));
    const extra = simulated.filter((line) => !then.has(line));
    expect({ missing, extra }).toEqual({ missing: [], extra: [] });
    expect(simulated).toHaveLength(lived.length);
  });

  it.each(CAMPAIGNS.map(({ key }) => key))('counts what %s did, whoever runs along', async (key) => {
    const found = await simulate(key);
    const ours = lived.filter((line) => line.startsWith(`${key} `));
    const count = (word: RegExp): number => ours.filter((line) => word.test(line)).length;
    expect({ entered: found.entered, heldOut: found.heldOut, mails: found.messages.total }).toEqual({
      entered: count(/ entered /),
      heldOut: count(/ entered .* holdout$/),
      mails: count(/ mail \S+ queued /),
    });
    const refused = Object.values(found.refused).reduce((sum, n) => sum + n, 0);
    expect(refused).toBe(count(/ refused /));
  });
});
