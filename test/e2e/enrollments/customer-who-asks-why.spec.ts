import { isReason } from '../../../src/kernel/reasons';
import { startTestApp, type TestApp } from '../../support/app';
import { PLAIN_TEMPLATE, SegmentStory } from '../../support/segment-story';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink';

/** Eleven in the morning in Rome, a Monday. */
const START = '2026-03-02T10:00:00.000Z';

interface Told {
  at: string;
  campaign: string;
  kind: string;
  step: string | null;
  outcome: string;
  reason: string | null;
  values: Record<string, unknown>;
}
interface Next {
  step: string | null;
  at: string;
  campaign: string;
  heldBy: { reason: string; values: Record<string, unknown> } | null;
  awaits: string | null;
  ahead: Array<{ step: string; kind: string; at: string }>;
}
interface Answer {
  decisions: Told[];
  next: Next | null;
  enrollments: Array<{ campaign: string; arm: string; status: string; next: Next | null }>;
  entry: { outcome: string; reason: string | null; values: Record<string, unknown> } | null;
}

/** Customers ring up: why did I get this, why did I not? Each answer names the decision, its reason and its values. */
describe('a customer who asks why', () => {
  let sink: SmtpSink;
  let service: TestApp;
  let story: SegmentStory;
  beforeAll(async () => {
    sink = await startSmtpSink();
    service = await startTestApp({ clock: START, smtpUrl: sink.url });
    story = new SegmentStory(service);
    await service.request('post', '/api/v1/templates').send(PLAIN_TEMPLATE).expect(201);
    await service
      .request('put', '/api/v1/settings/contact-policy')
      .send({ maxMessages: 1, per: 'P2D', quietHours: null, blackout: [] })
      .expect(200);
    const mail = (key: string) => ({ kind: 'email', key, template: PLAIN_TEMPLATE.key });
    const trigger = { on: 'event', event: 'hello' };
    await campaign('first', { trigger, priority: 90, maxLateness: 'P5D', steps: [mail('one')] });
    await campaign('second', {
      trigger,
      audience: { field: 'attributes.city', op: 'eq', value: 'Torino' },
      maxLateness: 'P5D',
      steps: [mail('two'), { kind: 'wait', for: 'P1D', at: '09:00' }, mail('three')],
    });
    await campaign('control', { trigger: { on: 'event', event: 'control' }, holdout: 0.999999, steps: [mail('held')] });
    await campaign('patient', {
      trigger: { on: 'event', event: 'patient' },
      steps: [
        { kind: 'waitFor', event: 'order.placed', within: 'P3D', then: [{ kind: 'exit' }], else: [mail('reminder')] },
        { kind: 'branch', if: { field: 'orders.count', op: 'eq', value: 0 }, then: [mail('offer')] },
      ],
    });
    const consent = { status: 'subscribed', source: 'form', at: START };
    for (const who of ['ann', 'bob', 'cat', 'dan', 'eve']) {
      await story.customer(who, START, { consent, attributes: { city: who === 'dan' ? 'Roma' : 'Torino' } });
    }
    await service.advance('PT1S');
  });
  afterAll(async () => {
    await service.close();
    await sink.stop();
  });

  const campaign = async (key: string, definition: object): Promise<void> => {
    const base = { key, name: key, purpose: 'custom' };
    await service
      .request('post', '/api/v1/campaigns')
      .send({ ...base, ...definition })
      .expect(201);
    await service.request('post', `/api/v1/campaigns/${key}/activate`).send({}).expect(200);
  };
  const now = async (): Promise<string> =>
    ((await service.request('get', '/api/v1/test-clock').expect(200)).body as { now: string }).now;
  const happens = async (type: string, ...people: string[]): Promise<void> => {
    const occurredAt = await now();
    await story.told(...people.map((who) => ({ type, occurredAt, data: { customer: { externalId: who } } })));
    await service.advance('PT1S');
  };
  const why = async (who: string, of = ''): Promise<Answer> => {
    const { body } = await service.request('get', `/api/v1/customers?externalId=${who}`).expect(200);
    const { id } = (body as { items: Array<{ id: string }> }).items[0] ?? { id: '' };
    const query = of === '' ? '' : `?campaign=${of}`;
    return (await service.request('get', `/api/v1/customers/${id}/explain${query}`).expect(200)).body as Answer;
  };
  const lines = (answer: Answer) =>
    answer.decisions.map(({ kind, step, outcome, reason }) => [kind, step, outcome, reason]);

  it('who was capped: by how many mails of which rule, until when, and what comes then', async () => {
    await happens('hello', 'ann');
    const held = await why('ann', 'second');
    expect(lines(held)).toEqual([
      ['entry', null, 'enrolled', null],
      ['defer', 'two', 'deferred', 'outranked'],
    ]);
    expect(held.decisions[1]?.values).toMatchObject({ count: 1, maxMessages: 1, per: 'P2D', priority: 50 });
    expect(held.next).toMatchObject({
      step: 'two',
      campaign: 'second',
      heldBy: { reason: 'outranked', values: { count: 1, maxMessages: 1 } },
    });
    const until = held.next?.at ?? '';
    expect(Date.parse(until)).toBeGreaterThan(Date.parse(START) + 86_400_000);
    expect(held.next?.ahead.map(({ step }) => step)).toEqual(['two', 'three']);
    expect(held.next?.ahead[0]?.at).toBe(until);
    expect(sink.to('ann@example.com')).toHaveLength(1);
    await service.advance(until);
    const sent = await why('ann', 'second');
    expect(lines(sent).slice(0, 3)).toEqual([
      ['entry', null, 'enrolled', null],
      ['defer', 'two', 'deferred', 'outranked'],
      ['email', 'two', 'sent', null],
    ]);
    expect(sent.decisions[2]?.values).toMatchObject({
      consentStatus: 'subscribed',
      zone: 'Europe/Rome',
      template: 'plain',
    });
    expect(sink.to('ann@example.com')).toHaveLength(2);
  });

  it('without a campaign it tells of all of them', async () => {
    const all = await why('ann');
    expect(new Set(all.decisions.map((one) => one.campaign))).toEqual(new Set(['first', 'second']));
    expect(all.enrollments.map(({ campaign: key, status }) => [key, status]).sort()).toEqual([
      ['first', 'completed'],
      ['second', 'active'],
    ]);
    expect(all.entry).toBeNull();
    expect(all.next?.campaign).toBe('second');
  });

  it('who has unsubscribed: the row that was skipped, and the consent it was skipped on', async () => {
    await happens('patient', 'bob');
    const waiting = await why('bob', 'patient');
    expect(waiting.next).toMatchObject({ awaits: 'order.counted', ahead: [{ kind: 'waitFor' }] });
    await story.customer('bob', await now(), { consent: { status: 'unsubscribed', source: 'form', at: await now() } });
    await service.advance('P4D');
    const answer = await why('bob', 'patient');
    const skipped = answer.decisions.find(({ step }) => step === 'reminder');
    expect(skipped).toMatchObject({
      outcome: 'skipped',
      reason: 'unsubscribed',
      values: { consentStatus: 'unsubscribed' },
    });
    expect(answer.decisions.find(({ kind }) => kind === 'waitFor')).toMatchObject({ outcome: 'else' });
    expect(answer.decisions.at(-1)).toMatchObject({ kind: 'end', outcome: 'exited', reason: 'unsubscribed' });
    expect(answer.entry).toMatchObject({ outcome: 'refused', reason: 'entry_limit' });
    expect(answer.next).toBeNull();
  });

  it('who was in the other arm: drawn by the hash, and held out', async () => {
    await happens('control', 'cat');
    const { decisions, enrollments } = await why('cat', 'control');
    expect(decisions[0]).toMatchObject({ outcome: 'enrolled', values: { arm: 'holdout', armReason: 'drawn' } });
    expect(decisions[1]).toMatchObject({ kind: 'email', step: 'held', outcome: 'held_out', reason: null });
    expect(enrollments).toMatchObject([{ arm: 'holdout', status: 'completed' }]);
    expect(sink.to('cat@example.com')).toEqual([]);
  });

  it('who is not in the audience: the values that it looked at, then and now', async () => {
    await happens('hello', 'dan');
    const { decisions, entry } = await why('dan', 'second');
    expect(decisions).toMatchObject([
      { kind: 'entry', outcome: 'refused', reason: 'not_in_audience', values: { 'attributes.city': 'Roma' } },
    ]);
    expect(entry).toMatchObject({ outcome: 'refused', reason: 'not_in_audience' });
    await story.customer('dan', await now(), { attributes: { city: 'Torino' } });
    await service.advance('PT1S');
    expect((await why('dan', 'second')).entry).toMatchObject({ outcome: 'enrolled', values: { arm: 'treatment' } });
  });

  it('who was never considered: nothing was decided, and what would be', async () => {
    const { decisions, next, entry } = await why('eve', 'second');
    expect({ decisions, next }).toEqual({ decisions: [], next: null });
    expect(entry).toMatchObject({ outcome: 'enrolled' });
    await service.request('post', '/api/v1/campaigns/second/pause').send({}).expect(200);
    expect((await why('eve', 'second')).entry).toMatchObject({ outcome: 'refused', reason: 'campaign_paused' });
    await service.request('post', '/api/v1/campaigns/second/resume').send({}).expect(200);
  });

  it('the reasons are the ones of the ledger and of the funnel', async () => {
    const reasons = new Set<string>();
    for (const who of ['ann', 'bob', 'cat', 'dan', 'eve']) {
      for (const { reason, kind } of (await why(who)).decisions) if (reason && kind !== 'end') reasons.add(reason);
    }
    expect([...reasons].filter((reason) => !isReason(reason))).toEqual([]);
    const { body } = await service.request('get', '/api/v1/reports/campaigns/patient/funnel').expect(200);
    const { steps } = body as { steps: Array<{ step: string; skipped: Record<string, number> }> };
    expect(steps.find(({ step }) => step === 'reminder')?.skipped).toEqual({ unsubscribed: 1 });
  });
});
