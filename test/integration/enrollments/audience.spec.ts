import { ContactDesks } from '../../../src/enrollments/contact-desks';
import { decideEntry } from '../../../src/enrollments/domain/decide-entry';
import { type MailabilityFacts, mayMail } from '../../../src/enrollments/mail-decision';
import { type Basis, type CampaignDefinition } from '../../../src/campaigns/campaign.types';
import { Mailability } from '../../../src/customers/mailability';
import { GlobalHoldouts } from '../../../src/enrollments/global-holdouts';
import { holdoutDraw } from '../../../src/kernel/hash';
import { newId } from '../../../src/kernel/ids';
import { isZone } from '../../../src/kernel/local-time';
import { startTestApp, type TestApp } from '../../support/app';
import { givenTemplate } from '../../support/campaign-facts';

/** Two weeks around this instant most of Europe's clocks changed. */
const NOW = new Date('2026-04-02T08:00:00.000Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STORE = 'Europe/Rome';

interface Policy {
  maxMessages?: number;
  per?: string;
  holdMarketingWhen?: object;
}

interface Counts {
  matched: number;
  consented: number;
  mailable: number;
  notCapped: number;
  held: number;
  heldOut: number;
  globallyHeldOut: number;
  onHold: number;
  entered: number;
  willSend: number;
}

describe('the audience of a campaign', () => {
  let service: TestApp;
  const ids: string[] = [];
  beforeAll(async () => {
    service = await startTestApp({ clock: NOW.toISOString(), env: { ROLE: 'api' } });
    await givenTemplate(service.database, 't');
    await givenTemplate(service.database, 'receipt', { kind: 'transactional' });
    await givenPeople();
  });
  afterAll(() => service.close());

  const put = (body: object): Promise<unknown> =>
    service.request('put', '/api/v1/settings/contact-policy').send(body).expect(200);
  const make = async (key: string, change: object = {}): Promise<{ id: string; salt: string }> => {
    const body = { key, name: key, trigger: { on: 'manual' }, steps: [{ kind: 'email', key: 'a', template: 't' }] };
    const made = await service
      .request('post', '/api/v1/campaigns')
      .send({ ...body, ...change })
      .expect(201);
    return made.body as { id: string; salt: string };
  };
  const audience = async (key: string): Promise<Counts> =>
    (await service.request('get', `/api/v1/campaigns/${key}/audience`).expect(200)).body as Counts;

  /** Every mix of consent, address, suppression, tags, orders and zones, with contacts thick around the window's edge. */
  async function givenPeople(): Promise<void> {
    const zones = [null, 'Europe/Rome', 'America/New_York', 'Not/AZone', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
    const consents = ['subscribed', 'subscribed', 'subscribed', 'none', 'pending', 'unsubscribed'];
    const people = Array.from({ length: 480 }, (_one, i) => ({
      id: newId(NOW),
      email: i % 17 === 0 ? null : `p${i % 29 === 0 ? 1 : i}@example.com`,
      consent: consents[i % consents.length],
      zone: zones[Math.floor(i / 6) % zones.length],
      tags: i % 11 === 0 ? ['complaint', 'vip'] : i % 2 === 0 ? ['vip'] : [],
      gone: i % 41 === 0 ? NOW : null,
    }));
    ids.push(...people.map(({ id }) => id));
    await service.database.execute(
      `insert into customers (id, external_id, email, consent_status, timezone, tags, deleted_at, created_at, recorded_at, updated_at)
       select u.id, u.id::text, u.email, u.consent, u.zone, coalesce(string_to_array(nullif(u.tags, ''), ','), '{}'), u.gone, $7, $7, $7
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
         as u (id, email, consent, zone, tags, gone)`,
      [
        ids,
        people.map(({ email }) => email),
        people.map(({ consent }) => consent),
        people.map(({ zone }) => zone),
        people.map(({ tags }) => tags.join(',')),
        people.map(({ gone }) => gone),
        new Date('2025-01-01'),
      ],
    );
    await service.database.execute(
      `insert into suppressions (id, address_hash, address, scope, reason, evidence, at)
       select gen_random_uuid(), sha256(email::bytea), email, case when right(external_id, 1) < '8' then 'all' else 'marketing' end,
         'hard_bounce', '{}', $2
       from customers where id = any($1::uuid[]) and email is not null on conflict do nothing`,
      [ids.filter((_id, i) => i % 13 === 0), NOW],
    );
    await service.database.execute(
      `insert into address_optouts (id, email, at, source) select gen_random_uuid(), email, $2, 'link' from customers
       where id = any($1::uuid[]) and email is not null on conflict do nothing`,
      [ids.filter((_id, i) => i % 19 === 0), NOW],
    );
    await service.database.execute(
      `insert into customer_orders (customer_id, count, total_minor, first_at, last_at, last_day)
       select unnest($1::uuid[]), 1, 1000, $2::timestamptz, $2::timestamptz, ($2::timestamptz)::date`,
      [ids.filter((_id, i) => i % 3 === 0), new Date('2026-01-05T10:00:00Z')],
    );
    const later = new Date(NOW.getTime() + HOUR).toISOString();
    const wishes: Record<string, object>[] = [
      { pause: { value: later, at: '2026-01-01T00:00:00Z' } },
      { pause: { value: NOW.toISOString(), at: '2026-01-01T00:00:00Z' } },
      { 'topic:news': { value: false, at: '2026-01-01T00:00:00Z' } },
      { 'topic:news': { value: true, at: '2026-01-01T00:00:00Z' } },
      { frequency: { value: 'weekly', at: '2026-01-01T00:00:00Z' } },
      { frequency: { value: 'monthly', at: '2026-01-01T00:00:00Z' } },
      { frequency: { value: null, at: '2026-01-01T00:00:00Z' } },
    ];
    const wishing = ids.filter((_id, i) => i % 3 === 1);
    await service.database.execute(
      `update customers c set wishes = u.wishes from unnest($1::uuid[], $2::jsonb[]) as u (id, wishes) where c.id = u.id`,
      [wishing, wishing.map((_id, i) => JSON.stringify(wishes[i % wishes.length]))],
    );
    const topics = [
      { key: 'news', name: { en: 'News' }, default: false },
      { key: 'tips', name: { en: 'Tips' } },
    ];
    await service.request('put', '/api/v1/settings/topics').send({ topics }).expect(200);
    const other = (await make('other')).id;
    const edges = [
      6 * DAY,
      7 * DAY - HOUR - 1,
      7 * DAY - HOUR,
      7 * DAY - 1,
      7 * DAY,
      7 * DAY + 1,
      7 * DAY + HOUR,
      8 * DAY,
    ];
    const contacts = ids.flatMap((id, i) =>
      Array.from({ length: i % 4 }, (_one, n) => ({
        id,
        at: new Date(NOW.getTime() - edges[(i + n) % edges.length]!),
        state: (i + n) % 7 === 0 ? 'released' : n === 0 ? 'used' : 'reserved',
      })),
    );
    await service.database.execute(
      `insert into contacts (customer_id, at, campaign_id, enrollment_id, step, state)
       select u.id, u.at, $4, gen_random_uuid(), 'a', u.state from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as u (id, at, state)`,
      [contacts.map(({ id }) => id), contacts.map(({ at }) => at), contacts.map(({ state }) => state), other],
    );
  }

  /** The same people, asked one by one with the functions of the engine. */
  async function oneByOne(key: string, policy: Policy, tag: string | null = null): Promise<Counts> {
    const [campaign] = await service.database.query<{ id: string; salt: string; definition: CampaignDefinition }>(
      `select c.id, c.salt, v.definition from campaigns c join campaign_versions v on v.campaign_id = c.id and v.version = c.version
       where c.key = $1`,
      [key],
    );
    const { id: campaignId, salt, definition } = campaign!;
    const people = await service.database.query<{ id: string; tags: string[]; bought: boolean }>(
      `select id, tags, exists (select 1 from customer_orders o where o.customer_id = customers.id) as bought from customers
       where deleted_at is null`,
    );
    const matched = people.filter(({ tags }) => tag === null || tags.includes(tag));
    const mails = await service.app.get(Mailability).load(
      service.database,
      matched.map(({ id }) => id),
    );
    const zones = new Map(
      matched.map(({ id }) => {
        const zone = mails.get(id)!.timezone;
        return [id, zone !== null && isZone(zone) ? zone : STORE];
      }),
    );
    // Cap and hold are asked apart: a desk that holds a mail back for two reasons names the longer one.
    const { holdMarketingWhen, ...cap } = policy;
    const desksFor = async (rules: object) => {
      await put(rules);
      return service.app.get(ContactDesks).open(service.database, zones, NOW);
    };
    const caps = await desksFor(cap);
    const holds = await desksFor(holdMarketingWhen ? { holdMarketingWhen } : {});
    await put(policy);
    const pasts = await service.database.query<{
      customer_id: string;
      arm: 'treatment' | 'holdout';
      entered_at: Date;
      status: string;
    }>('select customer_id, arm, entered_at, status from enrollments where campaign_id = $1 order by entered_at, id', [
      campaignId,
    ]);
    const period =
      definition.basis === 'transactional' ? null : await service.app.get(GlobalHoldouts).current(service.database);
    const sieves = { matched: 0, consented: 0, mailable: 0, notCapped: 0 };
    const counts = { ...sieves, held: 0, heldOut: 0, globallyHeldOut: 0, onHold: 0, entered: 0 };
    const willSend: string[] = [];
    for (const person of matched) {
      counts.matched++;
      const mail: MailabilityFacts = { ...mails.get(person.id)!, hasBought: person.bought };
      const consent = mayMail({ ...mail, email: 'a@b.test', suppressed: null }, definition, NOW);
      if (consent !== undefined) continue;
      counts.consented++;
      if (mayMail(mail, definition, NOW) !== undefined) continue;
      counts.mailable++;
      const wish = {
        ...{ enrollmentId: 'e', campaignId, step: 'a', basis: definition.basis, arm: 'treatment' as const },
        ...{ priority: 50, plan: NOW, expiresAt: new Date(NOW.getTime() + 40 * DAY), sendWindow: null },
      };
      if (caps.get(person.id)!.ask(wish).action !== 'go') continue;
      counts.notCapped++;
      const mine = pasts.filter((one) => one.customer_id === person.id);
      const entry = decideEntry(
        { ...definition, salt },
        {
          inAudience: true,
          mail,
          zone: zones.get(person.id)!,
          history: {
            firstArm: mine[0]?.arm ?? null,
            lastEnteredAt: mine.at(-1)?.entered_at ?? null,
            activeKeys: new Set(mine.filter((one) => one.status === 'active').map(() => '')),
          },
        },
        person.id,
        '',
        NOW,
      );
      const arm = mine[0]?.arm ?? (entry.enrolled ? entry.arm : undefined);
      const onHold = holds.get(person.id)!.ask(wish).action !== 'go';
      const globally = period !== null && holdoutDraw(period.salt, person.id) < period.share;
      if (globally) counts.globallyHeldOut++;
      else if (arm === 'holdout') counts.heldOut++;
      if (onHold) counts.onHold++;
      if (globally || arm === 'holdout' || onHold) counts.held++;
      else if (!entry.enrolled) counts.entered++;
      else willSend.push(person.id);
    }
    return { ...counts, willSend: willSend.length };
  }

  const POLICY = { maxMessages: 2, per: 'P7D' };
  const COMPLAINT = { field: 'tags', op: 'contains', value: 'complaint' };
  const VIP = { field: 'tags', op: 'contains', value: 'vip' };

  it.each<[string, Policy, object, string | null]>([
    ['no-policy', {}, {}, null],
    ['one-a-week', { maxMessages: 1, per: 'P7D' }, {}, null],
    ['two-a-month', { maxMessages: 2, per: 'P1M' }, { holdout: 0.3 }, null],
    ['vips-held', { ...POLICY, holdMarketingWhen: COMPLAINT }, { audience: VIP, holdout: 0.4 }, 'vip'],
    ['about-news', { maxMessages: 3, per: 'P7D' }, { topic: 'news', basis: 'soft_opt_in' }, null],
    ['about-tips', {}, { topic: 'tips', holdout: 0.2 }, null],
    ['buyers-too', POLICY, { basis: 'soft_opt_in', holdout: 0.2 }, null],
  ])('is counted as the engine would decide: %s', async (key, policy, change, tag) => {
    await put(policy);
    await make(key, change);
    const counts = await audience(key);
    expect(counts.willSend).toBe(counts.notCapped - counts.held - counts.entered);
    expect(counts).toEqual(await oneByOne(key, policy, tag));
    // Without a cap of the shop's there are those of the people.
    if (key === 'about-news') expect(counts.consented).toBeLessThan(ids.length / 4);
    else expect(counts.mailable).toBeGreaterThan(counts.notCapped);
    expect(counts.willSend).toBeGreaterThan(0);
  });

  it('of transactional mail knows neither consent nor cap nor hold', async () => {
    await put({ ...POLICY, holdMarketingWhen: VIP });
    const steps = [{ kind: 'email', key: 'a', template: 'receipt' }];
    await make('receipts', { basis: 'transactional' satisfies Basis, purpose: 'transactional', steps });
    const counts = await audience('receipts');
    expect(counts.consented).toBe(counts.matched);
    expect(counts).toMatchObject({ notCapped: counts.mailable, held: 0, entered: 0, willSend: counts.mailable });
    expect(counts).toEqual(await oneByOne('receipts', { ...POLICY, holdMarketingWhen: VIP }));
  });

  it('leaves out whom the entry rule refuses, and keeps their arm', async () => {
    await put(POLICY);
    for (const [key, limit] of [
      ['once', 'once'],
      ['again', 'unlimited'],
      ['weekly', { every: 'P7D' }],
    ] as const) {
      const { id } = await make(key, { holdout: 0.5, entry: { limit } });
      const rows = ids.filter((_id, i) => i % 5 < 3);
      await service.database.execute(
        `insert into enrollments (id, customer_id, campaign_id, version, epoch, arm, arm_reason, entry_key, status, position,
           next_run_at, due_at, entered_at, ended_at)
         select gen_random_uuid(), u.id, $2, 1, 1, u.arm, 'drawn', '', u.status, 0, case u.status when 'active' then $3::timestamptz end,
           null, u.at, case u.status when 'completed' then $3::timestamptz end
         from unnest($1::uuid[], $4::text[], $5::text[], $6::timestamptz[]) as u (id, arm, status, at)`,
        [
          rows,
          id,
          NOW,
          rows.map((_id, i) => (i % 2 ? 'holdout' : 'treatment')),
          rows.map((_id, i) => (i % 3 ? 'completed' : 'active')),
          rows.map((_id, i) => new Date(NOW.getTime() - 7 * DAY + (i % 5) * HOUR - 2 * HOUR)),
        ],
      );
      for (const share of [0, 0.3]) {
        await service.request('put', '/api/v1/settings/global-holdout').send({ share }).expect(200);
        const counts = await audience(key);
        expect(counts).toEqual(await oneByOne(key, POLICY));
        expect(counts.entered).toBeGreaterThan(0);
        expect(counts.globallyHeldOut > 0).toBe(share > 0);
      }
    }
    await service.request('put', '/api/v1/settings/global-holdout').send({ share: 0 }).expect(200);
  });

  it('of a trigger with a segment are its members', async () => {
    await put({});
    const vips = await service.database.query("select 1 from customers where 'vip' = any(tags) and deleted_at is null");
    await service.request('post', '/api/v1/segments').send({ key: 'vips', name: 'VIPs', condition: VIP }).expect(201);
    await make('to-vips', { trigger: { on: 'segment', segment: 'vips' } });
    expect((await audience('to-vips')).matched).toBe(vips.length);
    await service.request('get', '/api/v1/campaigns/nobody/audience').expect(404);
  });
});
