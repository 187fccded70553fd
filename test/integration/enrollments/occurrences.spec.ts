import { type OccurrenceView } from '../../../src/enrollments/campaign-occurrences';
import { CustomerEntries } from '../../../src/enrollments/customer-entries';
import { type EnrollmentView } from '../../../src/enrollments/enrollment-view';
import { OccurrencesWork } from '../../../src/enrollments/jobs/occurrences.work';
import { startTestApp, type TestApp } from '../../support/app';
import { type GivenCustomer, givenCustomers, givenTemplate } from '../../support/campaign-facts';

const NOW = '2026-03-02T08:00:00.000Z';

describe('campaigns that the clock starts', () => {
  let service: TestApp;
  let work: OccurrencesWork;
  beforeEach(async () => {
    service = await startTestApp({ env: { ROLE: 'api' } });
    work = service.app.get(OccurrencesWork);
    await givenTemplate(service.database, 't');
  });
  afterEach(() => service.close());

  const campaign = async (key: string, trigger: object, change: object = {}): Promise<string> => {
    const steps = [{ kind: 'email', key: 'a', template: 't' }];
    const body = { key, name: key, trigger, steps, entry: { limit: 'unlimited' }, ...change };
    const made = await service.request('post', '/api/v1/campaigns').send(body).expect(201);
    await service.request('post', `/api/v1/campaigns/${key}/activate`).expect(200);
    return (made.body as { id: string }).id;
  };
  const given = (customers: GivenCustomer[]): Promise<string[]> => givenCustomers(service.database, customers);
  const drain = async (now: string, limit = 500): Promise<void> => {
    const at = new Date(now);
    for (let due = await work.nextDueAt(); due && due <= at; due = await work.nextDueAt()) await work.runDue(at, limit);
  };
  /** As the drivers do: from due time to due time. */
  const travel = async (to: string, limit = 500): Promise<void> => {
    for (let due = await work.nextDueAt(); due && due <= new Date(to); due = await work.nextDueAt())
      await work.runDue(due, limit);
  };
  const list = async <T>(path: string): Promise<T[]> =>
    ((await service.request('get', `/api/v1/campaigns/${path}`).expect(200)).body as { items: T[] }).items;
  const entered = async (key: string): Promise<string[]> =>
    (await list<EnrollmentView>(`${key}/enrollments?limit=500`))
      .map((one) => `${one.customerId} ${one.enteredAt}`)
      .sort();
  const times = async (key: string): Promise<string[]> =>
    (await list<OccurrenceView>(`${key}/occurrences`))
      .map(({ at, status, reason, times: n, entered: e, refused: r }) => [at, status, reason, n, e, r].join(' '))
      .reverse();
  /** The program of one e-mail is over at once, as the engine would say. */
  const finish = (): Promise<number> =>
    service.database.execute(
      `update enrollments set status = 'completed', ended_at = entered_at, step = null, next_run_at = null, due_at = null`,
    );

  it('takes the members of a segment at each time of a schedule, once, and records who could not be mailed', async () => {
    const [a, b] = await given([{}, {}, { consent: 'none' }]);
    await campaign('weekly', { on: 'schedule', cron: '0 9 * * 1', timezone: 'Europe/Rome', segment: 'subscribed' });
    await travel('2026-03-09T07:59:59.999Z');
    expect(await entered('weekly')).toEqual([]);
    expect(await work.nextDueAt()).toEqual(new Date('2026-03-09T08:00:00Z'));
    await travel('2026-03-09T08:00:00Z');
    expect(await entered('weekly')).toEqual([`${a} 2026-03-09T08:00:00.000Z`, `${b} 2026-03-09T08:00:00.000Z`].sort());
    await finish();
    await service
      .request('post', '/api/v1/suppressions')
      .send({ address: `${a}@example.com`, reason: 'manual' })
      .expect(201);
    // Across the change of the clock it stays nine o'clock.
    await travel('2026-03-30T23:00:00Z');
    expect(await times('weekly')).toEqual([
      '2026-03-09T08:00:00.000Z done  1 2 0',
      '2026-03-16T08:00:00.000Z done  1 1 1',
      '2026-03-23T08:00:00.000Z done  1 0 2',
      '2026-03-30T07:00:00.000Z done  1 0 2',
    ]);
  });

  it('announces at the same local time to everybody, zone by zone, unknown zones by the store', async () => {
    const zones = ['Pacific/Auckland', 'Asia/Kathmandu', 'Europe/Rome', null, 'Mars/Base', 'America/New_York'];
    const ids = await given(zones.map((timezone) => ({ timezone })));
    await campaign('news', { on: 'date', at: '2026-03-08T02:30:00', timezone: 'customer', segment: 'subscribed' });
    await travel('2026-03-10T00:00:00Z', 1);
    // New York has no 02:30 on that day: the first instant after the gap.
    const local = ['2026-03-07T13:30', '2026-03-07T20:45', '2026-03-08T01:30', '2026-03-08T01:30', '2026-03-08T01:30'];
    expect(await entered('news')).toEqual(
      [...local, '2026-03-08T07:00'].map((at, i) => `${ids[i] ?? ''} ${at}:00.000Z`).sort(),
    );
    expect(await work.nextDueAt()).toBeNull();
  });

  it('does not announce twice to who moves west meanwhile', async () => {
    const [mover = ''] = await given([{ timezone: 'Europe/Rome' }]);
    await campaign('once', { on: 'date', at: '2026-03-08T09:00:00', timezone: 'customer', segment: 'subscribed' });
    await travel('2026-03-08T08:00:00Z');
    await finish();
    await service.database.execute(`update customers set timezone = 'America/Los_Angeles' where id = $1`, [mover]);
    await travel('2026-03-10T00:00:00Z');
    expect(await entered('once')).toEqual([`${mover} 2026-03-08T08:00:00.000Z`]);
  });

  it('refuses a date that has gone by, warns of one that has in the east', async () => {
    const trigger = { on: 'date', at: '2026-03-02T08:30:00', timezone: 'Europe/Rome', segment: 'subscribed' };
    const steps = [{ kind: 'email', key: 'a', template: 't' }];
    const make = (key: string, more: object) =>
      service.request('post', '/api/v1/campaigns').send({ key, name: key, trigger: { ...trigger, ...more }, steps });
    await make('past', {}).expect(201);
    const refused = await service.request('post', '/api/v1/campaigns/past/activate').expect(422);
    expect(refused.body).toMatchObject({ errors: [{ path: 'trigger.at' }] });
    await make('partly', { at: '2026-03-02T09:30:00', timezone: 'customer' }).expect(201);
    const warned = await service.request('post', '/api/v1/campaigns/partly/activate').expect(200);
    expect(warned.body).toMatchObject({ warnings: [{ path: 'trigger.at' }] });
    const back = await service
      .request('put', '/api/v1/campaigns/partly')
      .send({ key: 'partly', name: 'partly', trigger, steps })
      .expect(422);
    expect(back.body).toMatchObject({ errors: [{ path: 'trigger.at' }] });
  });

  it('keeps anniversaries of createdAt, of the first order and of attributes, at the local time of each', async () => {
    const [rome = '', tokyo = '', leap = '', today = ''] = await given([
      { timezone: 'Europe/Rome', createdAt: new Date('2025-03-05T23:30:00Z') },
      { timezone: 'Asia/Tokyo', createdAt: new Date('2024-03-05T20:00:00Z') },
      { timezone: 'Europe/Rome', createdAt: new Date('2024-02-29T12:00:00Z') },
      { timezone: 'Europe/Rome', createdAt: new Date('2026-03-06T06:00:00Z') },
    ]);
    await service.database.execute(
      `insert into customer_orders (customer_id, count, total_minor, first_at, last_at) values ($1, 1, 100, $2, $2)`,
      [leap, new Date('2025-03-04T23:30:00Z')],
    );
    await service.database.execute(`update customers set attributes = '{"birthday": "1980-03-07"}' where id = $1`, [
      today,
    ]);
    await service.database.execute(
      `update customers set attributes = '{"birthday": "1992-02-29", "x.y": "2000-01-01", "n": 3}' where id = $1`,
      [rome],
    );
    for (const field of ['createdAt', 'orders.firstAt', 'attributes.birthday']) {
      await campaign(field.toLowerCase().replace('.', '-'), { on: 'anniversary', field, at: '09:00' });
    }
    const passes = async (to: string): Promise<void> => {
      for (let due = await work.nextDueAt(); due && due <= new Date(to); due = await work.nextDueAt()) {
        await work.runDue(due, 500);
        await finish();
      }
    };
    await passes('2026-03-08T00:00:00Z');
    // A year of mornings at which nobody has an anniversary is left out.
    await service.database.execute(
      `update campaign_clocks set done_until = '2027-02-25T12:00:00Z', next_at = '2027-02-26T00:00:00Z'`,
    );
    await passes('2027-03-04T00:00:00Z');
    expect(await entered('createdat')).toEqual(
      [
        `${tokyo} 2026-03-06T00:00:00.000Z`,
        `${rome} 2026-03-06T08:00:00.000Z`,
        `${leap} 2027-02-28T08:00:00.000Z`,
      ].sort(),
    );
    expect(await entered('orders-firstat')).toEqual([`${leap} 2026-03-05T08:00:00.000Z`]);
    expect(await entered('attributes-birthday')).toEqual(
      [`${today} 2026-03-07T08:00:00.000Z`, `${rome} 2027-02-28T08:00:00.000Z`].sort(),
    );
  });

  it('misses nothing in an outage, and what is of no use any more is recorded, not sent', async () => {
    const [a] = await given([{}]);
    const daily = { on: 'schedule', cron: '0 9 * * *', timezone: 'Europe/Rome', segment: 'subscribed' };
    await campaign('daily', daily, { maxLateness: 'P1D' });
    await travel('2026-03-03T08:00:00Z');
    await finish();
    await drain('2026-03-09T12:00:00Z');
    expect(await times('daily')).toEqual([
      '2026-03-03T08:00:00.000Z done  1 1 0',
      '2026-03-08T08:00:00.000Z missed too_late 5 0 0',
      '2026-03-09T08:00:00.000Z done  1 1 0',
    ]);
    expect(await entered('daily')).toEqual([`${a} 2026-03-03T08:00:00.000Z`, `${a} 2026-03-09T12:00:00.000Z`].sort());
  });

  it('takes everybody once, page by page, with many at work and one that dies', async () => {
    const ids = await given(Array.from({ length: 60 }, () => ({})));
    await campaign('big', { on: 'date', at: '2026-03-03T09:00:00', timezone: 'Europe/Rome', segment: 'subscribed' });
    await drain(NOW);
    const now = new Date('2026-03-03T08:00:00Z');
    const entries = service.app.get(CustomerEntries);
    const enter = entries.enter.bind(entries);
    let calls = 0;
    const dying = jest.spyOn(entries, 'enter').mockImplementation(async (...args) => {
      const outcomes = await enter(...args);
      if (++calls % 3 === 0) throw new Error('the process died before it could commit');
      return outcomes;
    });
    const worker = async (): Promise<void> => {
      for (let due = await work.nextDueAt(); due && due <= now; due = await work.nextDueAt())
        await work.runDue(now, 7).catch(() => 0);
    };
    await Promise.all([worker(), worker(), worker()]);
    dying.mockRestore();
    expect(calls).toBeGreaterThan(9);
    expect((await entered('big')).map((one) => one.slice(0, 36))).toEqual([...ids].sort());
    expect(await times('big')).toEqual(['2026-03-03T08:00:00.000Z done  1 60 0']);
    const refusals = await service.database.query('select 1 from enrollment_refusals');
    expect(refusals).toEqual([]);
  });

  it('stands still while paused, goes on from where it was, and stops when archived', async () => {
    const ids = await given(Array.from({ length: 6 }, () => ({})));
    const trigger = { on: 'date', at: '2026-03-03T09:00:00', timezone: 'Europe/Rome', segment: 'subscribed' };
    await campaign('stop', trigger);
    await drain(NOW);
    const at = new Date('2026-03-03T08:00:00Z');
    await work.runDue(at, 4);
    await service.request('post', '/api/v1/campaigns/stop/pause').expect(200);
    expect(await work.nextDueAt()).toBeNull();
    expect(await work.runDue(at, 4)).toBe(0);
    await service.request('post', '/api/v1/campaigns/stop/resume').expect(200);
    await drain('2026-03-03T10:00:00Z', 4);
    expect((await entered('stop')).map((one) => one.slice(0, 36))).toEqual([...ids].sort());
    await campaign('gone', { ...trigger, at: '2026-03-04T09:00:00' });
    await drain('2026-03-03T10:00:00Z');
    await service.request('post', '/api/v1/campaigns/gone/archive').expect(200);
    expect(await work.nextDueAt()).toBeNull();
  });

  it('keeps its place in a new version, and takes on a new date from its publication', async () => {
    const [a] = await given([{}]);
    const trigger = { on: 'schedule', cron: '0 9 * * *', timezone: 'Europe/Rome', segment: 'subscribed' };
    const put = (next: object, name: string) =>
      service.request('put', '/api/v1/campaigns/v').send({
        ...{ key: 'v', name, trigger: next, entry: { limit: 'unlimited' } },
        steps: [{ kind: 'email', key: 'a', template: 't' }],
      });
    await campaign('v', trigger);
    await travel('2026-03-03T08:00:00Z');
    await finish();
    await put(trigger, 'another name').expect(200);
    expect(await work.nextDueAt()).not.toBeNull();
    await drain('2026-03-03T08:00:00Z');
    expect(await work.nextDueAt()).toEqual(new Date('2026-03-04T08:00:00Z'));
    await put({ ...trigger, cron: '30 9 * * *' }, 'another time').expect(200);
    // Published at the test clock's standing time, 09:00 in Rome of 2 March.
    await drain('2026-03-03T07:00:00Z');
    expect(await entered('v')).toEqual([`${a} 2026-03-03T07:00:00.000Z`, `${a} 2026-03-03T08:00:00.000Z`].sort());
    expect(await work.nextDueAt()).toEqual(new Date('2026-03-03T08:30:00Z'));
  });
});
