import { type ApiClient } from '../../../src/demo/api-client';
import { liveThrough, START } from '../../../src/demo/live-through';
import { ContactPolicies } from '../../../src/enrollments/contact-policies';
import { type ContactPolicy } from '../../../src/enrollments/domain/contact-policy';
import { SegmentConditions } from '../../../src/segments/segment-conditions';
import { ADMIN_KEY, startTestApp, type TestApp } from '../../support/app';
import { readCampaigns, type PlannedCampaign } from '../../support/recompute/campaigns-in-time';
import { differences, tally } from '../../support/recompute/differences';
import { EventfulClient } from '../../support/recompute/eventful-client';
import { FactsInTime } from '../../support/recompute/facts-in-time';
import { incidents } from '../../support/recompute/incidents';
import { type KnownFacts, readKnownFacts } from '../../support/recompute/known-facts';
import { CustomerRerun, type Rows } from '../../support/recompute/recompute';
import { readStoredRows, type StoredRows } from '../../support/recompute/stored-rows';

const DAY = 86_400_000;
const SCALE = { seed: 2026, days: 25, customers: 250, newcomers: 120 };
const ZONE = 'Europe/Rome';

/** Outcomes without which the comparison would prove little. */
const KINDS = [
  ...['active', 'completed', 'exited goal', 'exited exit_step', 'exited archived'].map((end) => `enrolled ${end}`),
  ...['already_active', 'campaign_paused', 'entry_limit', 'erased', 'invalid_address', 'no_consent'].map(refused),
  ...['not_in_audience', 'suppressed', 'unsubscribed'].map(refused),
  ...['held_out', 'sent', 'skipped too_late', 'skipped unsubscribed'].map((status) => `mail ${status}`),
  ...['skipped erased', 'skipped invalid_address', 'skipped suppressed'].map((status) => `mail ${status}`),
  // Who is outranked turns on the draw of the arms: not every run has one.
  ...['skipped frequency_cap', 'skipped quiet_hours'].map((status) => `mail ${status}`),
];

function refused(reason: string): string {
  return `refused ${reason}`;
}

describe('the demo, recomputed from its facts', () => {
  let service: TestApp;
  let stored: StoredRows;
  let facts: KnownFacts;
  let campaigns: PlannedCampaign[];
  let policy: ContactPolicy;

  beforeAll(async () => {
    service = await startTestApp({ clock: START.toISOString() });
    const api: ApiClient = new EventfulClient(service.url, ADMIN_KEY, START, incidents());
    const world = { api, shopUrl: 'http://shop.test', publicUrl: 'http://ritorno.test', say: () => undefined };
    await liveThrough(world, SCALE);
    stored = await readStoredRows(service.database);
    facts = await readKnownFacts(service.database);
    campaigns = await readCampaigns(service.database, facts.actions);
    policy = await service.app.get(ContactPolicies).load(service.database);
  }, 300_000);
  afterAll(() => service.close());

  function recompute(from: KnownFacts): Rows {
    const rows: Rows = new Map();
    const conditions = service.app.get(SegmentConditions);
    const recomputation = {
      facts: new FactsInTime(from, ZONE),
      campaigns,
      parse: (json: unknown) => {
        const parsed = conditions.parse(json);
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
        return parsed.condition;
      },
      idOf: (name: string) => stored.ids.get(name) ?? '',
      storeZone: ZONE,
      policy,
      until: new Date(START.getTime() + SCALE.days * DAY),
    };
    for (const { id } of from.customers) {
      const own = from.events.filter((event) => event.customerId === id);
      new CustomerRerun(recomputation, id, rows).run(own);
    }
    return rows;
  }

  it('lived through every kind of decision', () => {
    expect(facts.events.filter((event) => event.handledAt === null)).toEqual([]);
    const kinds = tally(stored.rows);
    expect(KINDS.filter((kind) => kinds[kind] === undefined)).toEqual([]);
  });

  it('finds every enrollment, refusal and message as it stands, none missing and none too many', () => {
    expect(differences(stored.rows, recompute(facts))).toEqual([]);
  });

  it('would see a fact that was another', () => {
    const later = (at: Date): Date => new Date(at.getTime() + 3 * DAY);
    const unsubscribes = facts.unsubscribes.map((fact) => ({ ...fact, at: later(fact.at) }));
    const suppressions = facts.suppressions.filter((fact) => fact.liftedAt === null);
    const orders = facts.orders.map((order) => ({ ...order, refunds: [], cancelledAt: null }));
    const mentions = (changed: Partial<KnownFacts>, what: string): void => {
      const found = differences(stored.rows, recompute({ ...facts, ...changed }));
      expect(found).toEqual(expect.arrayContaining([expect.stringContaining(what)]));
    };
    mentions({ unsubscribes }, '"unsubscribed"');
    mentions({ suppressions }, '"suppressed"');
    mentions({ orders }, '"no_consent"');
    const event = facts.events.find(({ type }) => type === 'order.counted');
    mentions({ events: facts.events.filter((one) => one !== event) }, 'not recomputed');
  });
});
