import { EnrollmentPersonalData } from '../../../src/enrollments/data/enrollment-personal-data';
import { Enrollments } from '../../../src/enrollments/enrollments.service';
import { GlobalHoldouts, type GlobalHoldoutView } from '../../../src/enrollments/global-holdouts';
import { HoldoutRotationWork } from '../../../src/enrollments/jobs/holdout-rotation.work';
import { SendForecast } from '../../../src/enrollments/send-forecast';
import { holdoutDraw } from '../../../src/kernel/hash';
import { startTestApp, type TestApp } from '../../support/app';
import { givenCustomers, givenTemplate } from '../../support/campaign-facts';

const NOW = new Date('2026-04-02T08:00:00.000Z');
const DAY = 86_400_000;
const later = (days: number): Date => new Date(NOW.getTime() + days * DAY);

interface Draw {
  number: number;
  customer_id: string;
  arm: string;
  drawn_at: Date;
  excluded: string | null;
}

describe('the global holdout', () => {
  let service: TestApp;
  let people: string[];
  let before: string[];
  let period: NonNullable<GlobalHoldoutView['period']>;
  const put = async (body: object): Promise<GlobalHoldoutView> =>
    (await service.request('put', '/api/v1/settings/global-holdout').send(body).expect(200)).body as GlobalHoldoutView;
  const isMember = (id: string): boolean => holdoutDraw(period.salt, id) < 0.5;
  const draws = (): Promise<Draw[]> =>
    service.database.query<Draw>(
      `select p.number, d.customer_id, d.arm, d.drawn_at, d.excluded from global_holdout_draws d
       join global_holdout_periods p on p.id = d.period_id order by p.number, d.customer_id`,
    );
  const make = async (key: string, change: object = {}): Promise<void> => {
    const steps = [
      { kind: 'email', key: 'a', template: 't' },
      { kind: 'wait', for: 'P3D' },
      { kind: 'email', key: 'b', template: 't' },
    ];
    const body = { key, name: key, trigger: { on: 'manual' }, holdout: 0.3, steps, ...change };
    await service.request('post', '/api/v1/campaigns').send(body).expect(201);
    await service.request('post', `/api/v1/campaigns/${key}/activate`).expect(200);
  };
  const enrol = async (key: string, customerIds: string[]) =>
    (await service.request('post', `/api/v1/campaigns/${key}/enrollments`).send({ customerIds }).expect(201)).body as {
      enrolled: number;
      refused: Array<{ customerId: string; reason: string }>;
    };
  const advance = (now: Date) =>
    service.database.transaction((tx) => service.app.get(Enrollments).claimAndAdvance(tx, now, 500));

  beforeAll(async () => {
    service = await startTestApp({ clock: NOW.toISOString(), env: { ROLE: 'api' } });
    await givenTemplate(service.database, 't');
    await givenTemplate(service.database, 'receipt', { kind: 'transactional' });
    people = await givenCustomers(
      service.database,
      Array.from({ length: 40 }, () => ({})),
    );
    before = people.slice(0, 20);
    await make('before');
    await enrol('before', before);
    await advance(NOW);
  });
  afterAll(() => service.close());

  it('none to begin with', async () => {
    expect(await draws()).toEqual([]);
    const { body } = await service.request('get', '/api/v1/settings/global-holdout').expect(200);
    expect(body).toEqual({ share: 0, rotateEvery: null, period: null });
    await service.request('put', '/api/v1/settings/global-holdout').send({ share: 1 }).expect(422);
  });

  it('keeps exactly the drawn ones out of what they would enter, and remembers whom it asked', async () => {
    const setting = await put({ share: 0.5, rotateEvery: 'P30D' });
    expect(setting).toMatchObject({ share: 0.5, rotateEvery: 'P30D', period: { number: 1 } });
    period = setting.period as typeof period;
    await make('after');
    const fresh = people.slice(20);
    const [unmailable = ''] = await givenCustomers(service.database, [{ consent: 'none' }]);
    const { enrolled, refused } = await enrol('after', [...fresh, unmailable]);
    const members = fresh.filter(isMember);
    expect(members.length).toBeGreaterThan(2);
    expect(refused.filter(({ reason }) => reason === 'global_holdout').map((one) => one.customerId)).toEqual(members);
    expect(refused.find(({ customerId }) => customerId === unmailable)).toMatchObject({ reason: 'no_consent' });
    expect(enrolled).toBe(20 - members.length);
    expect(await draws()).toEqual(
      fresh.map((id) => ({
        number: 1,
        customer_id: id,
        arm: isMember(id) ? 'holdout' : 'treatment',
        drawn_at: NOW,
        excluded: null,
      })),
    );
    const { body } = await service
      .request('get', `/api/v1/customers/${members[0] ?? ''}/explain?campaign=after`)
      .expect(200);
    expect(body).toMatchObject({
      decisions: [{ reason: 'global_holdout', values: { period: 1, share: 0.5 } }],
    });
  });

  it('is in the figures of the audience and leaves transactional campaigns alone', async () => {
    const { body } = await service.request('get', '/api/v1/campaigns/after/audience').expect(200);
    const members = people.filter(isMember).length;
    expect(body).toMatchObject({ notCapped: 40, globallyHeldOut: members });
    const { heldOut, held } = body as { heldOut: number; held: number };
    expect(held).toBe(members + heldOut);
    const steps = [{ kind: 'email', key: 'a', template: 'receipt' }];
    await make('receipts', { basis: 'transactional', purpose: 'transactional', holdout: 0, steps });
    expect(await enrol('receipts', people)).toEqual({ enrolled: 40, refused: [] });
    expect(await draws()).toHaveLength(20);
    const receipts = await service.request('get', '/api/v1/campaigns/receipts/audience').expect(200);
    expect(receipts.body).toMatchObject({ notCapped: 41, globallyHeldOut: 0, held: 0 });
  });

  it('is left out of what is forecast', async () => {
    const rows = await service.database.query<{ customer_id: string }>(
      `select customer_id from enrollments e join campaigns c on c.id = e.campaign_id
       where c.key = 'before' and e.arm = 'treatment'`,
    );
    const mailed = rows.filter(({ customer_id: id }) => !isMember(id));
    expect(mailed.length).toBeLessThan(rows.length);
    const { days } = await service.app.get(SendForecast).byDay(NOW, later(5));
    const expected = days.flatMap(({ forecast }) => forecast).filter(({ campaign }) => campaign === 'before');
    expect(expected).toEqual([{ campaign: 'before', messages: mailed.length }]);
  });

  it('stops the mails of who was in a campaign before, in both arms, and draws them then', async () => {
    await service.database.execute(`delete from enrollment_timers where due_at <= $1`, [NOW]);
    const { effects } = await advance(later(3));
    const mails = effects.filter(({ step }) => step === 'b');
    expect(mails.map(({ customerId }) => customerId).sort()).toEqual([...before].sort());
    for (const { customerId, decision, arm } of mails) {
      const wanted = arm === 'holdout' ? { status: 'held_out' } : { status: 'queued' };
      expect(decision).toEqual(isMember(customerId) ? { status: 'skipped', reason: 'global_holdout' } : wanted);
    }
    const drawn = (await draws()).filter((draw) => before.includes(draw.customer_id));
    expect(drawn.map(({ arm }) => arm)).toEqual(
      drawn.map((one) => (isMember(one.customer_id) ? 'holdout' : 'treatment')),
    );
    expect(drawn.every(({ drawn_at: at }) => at.getTime() === later(3).getTime())).toBe(true);
    expect(drawn).toHaveLength(20);
  });

  it('merged records: who stays belongs to it by their own id; who was in both arms leaves the analysis', async () => {
    const data = service.app.get(EnrollmentPersonalData);
    const [a = '', b = ''] = [people.find((id) => isMember(id)), people.find((id) => !isMember(id))];
    const [fresh = ''] = await givenCustomers(service.database, [{}]);
    await service.database.transaction(async (tx) => {
      await data.merge(tx, [{ from: a, into: b }], NOW);
      const both = await tx.query<Draw>(`select * from global_holdout_draws where customer_id = any($1::uuid[])`, [
        [a, b],
      ]);
      expect(both).toMatchObject([{ customer_id: b, arm: 'treatment', excluded: 'merged' }]);
      const alike = people.filter((id) => id !== a && isMember(id)).slice(0, 2) as [string, string];
      await data.merge(tx, [{ from: alike[0], into: alike[1] }], NOW);
      const one = await tx.query<Draw>(`select * from global_holdout_draws where customer_id = any($1::uuid[])`, [
        alike,
      ]);
      expect(one).toMatchObject([{ customer_id: alike[1], arm: 'holdout', excluded: null }]);
      await data.merge(tx, [{ from: alike[1], into: fresh }], NOW);
      const [moved] = await tx.query<Draw>(`select * from global_holdout_draws where customer_id = $1`, [fresh]);
      expect(moved).toMatchObject({
        arm: isMember(fresh) ? 'holdout' : 'treatment',
        excluded: isMember(fresh) ? null : 'merged',
      });
    });
  });

  it('begins a new period when it is time, and for another share; keeps it for the same', async () => {
    const holdouts = service.app.get(GlobalHoldouts);
    const work = service.app.get(HoldoutRotationWork);
    // 30 days in the store's calendar.
    expect(await work.nextDueAt()).toEqual(new Date(period.rotatesAt ?? ''));
    expect(await work.runDue(later(29))).toBe(0);
    expect(await work.runDue(later(31))).toBe(1);
    const second = await holdouts.view();
    expect(second).toMatchObject({ share: 0.5, rotateEvery: 'P30D', period: { number: 2 } });
    expect(second.period?.salt).not.toBe(period.salt);
    expect(await put({ share: 0.5, rotateEvery: 'P60D' })).toMatchObject({
      period: { number: 2 },
      rotateEvery: 'P60D',
    });
    expect(await put({ share: 0.4, rotateEvery: null })).toMatchObject({ period: { number: 3, rotatesAt: null } });
    expect(await put({ share: 0 })).toEqual({ share: 0, rotateEvery: null, period: null });
    const ended = await service.database.query('select number from global_holdout_periods where ended_at is null');
    expect(ended).toEqual([]);
  });
});
