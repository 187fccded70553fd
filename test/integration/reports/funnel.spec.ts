import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';
import { reportServices } from '../../support/report-services';

const NOW = new Date('2026-04-01T00:00:00Z');

let db: TestDatabase;
let facts: MeasuredFacts;
let reports: ReturnType<typeof reportServices>;

beforeAll(async () => {
  db = await createTestDatabase();
  facts = new MeasuredFacts(db.database);
  reports = reportServices(db.database, NOW);
});
afterAll(() => db.close());

const at = (day: number, hour = 9) => new Date(Date.UTC(2026, 2, day, hour)).toISOString();

describe('funnel', () => {
  beforeAll(async () => {
    const campaign = await facts.campaign(
      'funnel',
      { holdout: 0.1, goal: { event: 'order.placed', within: 'P7D', exit: true } },
      { steps: ['hello', 'again', 'last'] },
    );
    const person = async (messages: Array<Record<string, string>>, order?: { day: number; status?: string }) => {
      const customer = await facts.customer();
      const enrollment = await facts.enrollment({ customer, campaign, enteredAt: at(1) });
      for (const message of messages) {
        await facts.message({ customer, campaign, enrollment, dueAt: at(2), step: 'hello', ...message });
      }
      if (order) await facts.order({ customer, placedAt: at(order.day, 10), status: order.status ?? 'paid' });
    };
    // An order two days after the first mail and six hours before the second.
    await person(
      [
        { openedAt: at(3), clickedAt: at(3), machineOpenedAt: at(2) },
        { step: 'again', dueAt: at(4, 16) },
      ],
      { day: 4 },
    );
    await person([
      { openedAt: at(4), unsubscribedAt: at(5) },
      { step: 'again', status: 'skipped', reason: 'unsubscribed', dueAt: at(6) },
    ]);
    await person([{ machineOpenedAt: at(2), machineClickedAt: at(2) }], { day: 10 });
    await person([{ status: 'bounced', bouncedAt: at(3) }]);
    await person([{ status: 'held_out' }, { status: 'held_out', step: 'again', dueAt: at(6) }], { day: 5 });
    await person([{ status: 'deferred' }]);
    await person([{ status: 'queued' }]);
    await person([{ status: 'failed' }], { day: 3 });
    await person([{ status: 'uncertain' }]);
    await person([{ status: 'skipped', reason: 'too_late' }]);
    await person([{ status: 'skipped', reason: 'too_late' }]);
    await person([{}], { day: 5, status: 'pending' });
    await person([{ step: 'gone' }]);
    await reports.settle();
  });

  it('adds up, step by step in the order of the campaign, steps of earlier versions last', async () => {
    const report = await reports.funnels.funnel({ ref: 'funnel' });
    expect(report).toMatchObject({ campaign: 'funnel', window: 'P7D', asOf: NOW.toISOString(), definitions: '1' });
    expect(report.steps.map((step) => step.step)).toEqual(['hello', 'again', 'last', 'gone']);
    const [hello, again, last] = report.steps;
    expect(hello).toEqual({
      step: 'hello',
      due: 12,
      sent: 5,
      queued: 2,
      failed: 1,
      uncertain: 1,
      heldOut: 1,
      skipped: { too_late: 2 },
      delivered: 4,
      opened: { human: 2, machine: 2 },
      clicked: { human: 1, machine: 1 },
      unsubscribed: 1,
      bounced: 1,
      complained: 0,
      converted: 1,
    });
    expect(again).toMatchObject({ due: 3, sent: 1, heldOut: 1, skipped: { unsubscribed: 1 }, converted: 0 });
    expect(last).toMatchObject({ due: 0, sent: 0, skipped: {}, delivered: 0 });
    for (const step of report.steps) {
      const skipped = Object.values(step.skipped).reduce((a, b) => a + b, 0);
      expect(step.due).toBe(step.sent + step.queued + step.failed + step.uncertain + step.heldOut + skipped);
    }
  });

  it('a longer window converts more', async () => {
    const { steps } = await reports.funnels.funnel({ ref: 'funnel', window: 'P9D' });
    expect(steps[0]?.converted).toBe(2);
  });

  it('as of an earlier instant, later things have not happened', async () => {
    const { steps } = await reports.funnels.funnel({ ref: 'funnel', asOf: new Date(at(3, 12)) });
    expect(steps[0]).toMatchObject({
      due: 12,
      sent: 5,
      bounced: 1,
      opened: { human: 1, machine: 2 },
      unsubscribed: 0,
      converted: 0,
    });
    expect(steps[1]).toMatchObject({ due: 0 });
    const earliest = await reports.funnels.funnel({ ref: 'funnel', asOf: new Date(at(2, 9)) });
    expect(earliest.steps[0]).toMatchObject({ due: 12, sent: 5, bounced: 0 });
  });

  it('a mail sent after the instant was still queued', async () => {
    const campaign = await facts.campaign('slow', {});
    const customer = await facts.customer();
    const enrollment = await facts.enrollment({ customer, campaign, enteredAt: at(1) });
    await facts.message({ customer, campaign, enrollment, dueAt: at(2), sentAt: at(5) });
    const { steps } = await reports.funnels.funnel({ ref: 'slow', asOf: new Date(at(3)) });
    expect(steps[0]).toMatchObject({ due: 1, sent: 0, queued: 1, delivered: 0 });
  });
});
