import { CustomerIngest } from '../../../src/customers/customer-ingest';
import { ReturnPaths } from '../../../src/messages/return-path';
import { deliverAll, givenEndpoint, heard, type MadeEndpoint } from '../../support/endpoints';
import { type HookSink, startHookSink } from '../../support/hook-sink';
import { complaintMail, returnedMail } from '../../support/returned-mails';
import { LinkTokens } from '../../../src/messages/link-tokens';
import { type MailApp, startMailApp } from '../../support/mail-app';

const PEOPLE = ['gone', 'complains', 'stays', 'unsigned'] as const;
type Person = (typeof PEOPLE)[number];

/** What is known of a person whose mail came back shows wherever people look. */
describe('bounces and complaints of a campaign', () => {
  let app: MailApp;
  let receiver: HookSink;
  let endpoint: MadeEndpoint;
  const customers = new Map<Person, string>();

  const api = async <T>(path: string): Promise<T> =>
    (await app.request('get', `/api/v1/${path}`).expect(200)).body as T;
  const idOf = (person: Person): string => customers.get(person) ?? '';
  const firstMail = async (person: Person): Promise<string> => {
    const { items } = await api<{ items: Array<{ id: string; step: string }> }>(`messages?customerId=${idOf(person)}`);
    return items.find(({ step }) => step === 'one')?.id ?? '';
  };
  const bring = (raw: Buffer) =>
    app
      .request('post', '/api/v1/bounces')
      .set('content-type', 'message/rfc822')
      .send(raw.toString('latin1'))
      .expect(200);

  beforeAll(async () => {
    receiver = await startHookSink();
    const env = { BOUNCE_DOMAIN: 'bounces.bottega.test', WEBHOOKS_TO_LOOPBACK: 'allow' };
    app = await startMailApp({ env });
    endpoint = await givenEndpoint(app, `${receiver.url}/`, [
      'message.bounced',
      'message.complained',
      'sending_domain.*',
    ]);
    const steps = [
      { kind: 'email', key: 'one', template: 'ciao' },
      { kind: 'wait', for: 'P2D' },
      { kind: 'email', key: 'two', template: 'ciao' },
    ];
    const campaign = { key: 'told', name: 'Told', purpose: 'welcome', trigger: { on: 'event', event: 'go' }, steps };
    await app.request('post', '/api/v1/campaigns').send(campaign).expect(201);
    await app.request('post', '/api/v1/campaigns/told/activate').expect(200);
    const occurredAt = '2026-03-02T08:00:00Z';
    const consent = { status: 'subscribed', source: 'form', at: occurredAt };
    const events = PEOPLE.flatMap((person) => {
      const customer = { externalId: person, email: `${person}@example.com` };
      return [
        { id: `a-${person}`, type: 'customer.created', occurredAt, data: { ...customer, consent } },
        { id: `b-${person}`, type: 'go', occurredAt, data: { customer } },
      ];
    });
    await app.request('post', '/api/v1/events').send(events).expect(202);
    await app.advance('PT1M');
    const rows = await app.database.query<{ id: string; name: Person }>(
      'select id, external_id as name from customers',
    );
    for (const { id, name } of rows) customers.set(name, id);
    const gone = await firstMail('gone');
    await bring(
      returnedMail({
        to: app.app.get(ReturnPaths).returnPathOf(gone) ?? '',
        recipient: 'gone@example.com',
        status: '5.1.1',
        diagnostic: '550 5.1.1 <gone@example.com>: User unknown',
      }),
    );
    const link = app.app.get(LinkTokens).of(await firstMail('complains')).unsubscribe;
    await bring(complaintMail(['To: complains@example.com', `List-Unsubscribe: <${link}>`]));
    const refused = { status: '5.7.26', diagnostic: '550 5.7.26 Unauthenticated mail is not accepted' };
    const to = app.app.get(ReturnPaths).returnPathOf(await firstMail('unsigned')) ?? '';
    await bring(returnedMail({ to, recipient: 'unsigned@example.com', ...refused }));
  });
  afterAll(async () => {
    await app?.close();
    await receiver?.close();
  });

  it('the sending domain that is called unauthenticated is told of, with what to do, until a person lets it go', async () => {
    const { body: health } = await app.request('get', '/health/ready', null).expect(200);
    expect(health.notes).toMatchObject({ sendingDomains: { paused: 1 } });
    await app.request('post', '/api/v1/sending-domains/bottega.test/resume').expect(200);
    await deliverAll(app, new Date('2026-03-02T08:01:00Z'));
    const told = heard(receiver, endpoint.secret).filter(({ type }) => type.startsWith('sending_domain.'));
    const nobody = { customerId: null, externalId: null, domain: 'bottega.test', reason: 'authentication' };
    expect(told.map(({ type, data }) => [type, data])).toEqual([
      ['sending_domain.paused', { ...nobody, advice: expect.stringContaining('SPF'), resumesAt: null }],
      ['sending_domain.resumed', nobody],
    ]);
    expect((await app.request('get', '/health/ready', null)).body.notes).toMatchObject({
      sendingDomains: { paused: 0 },
    });
  });

  it('other services are told', () => {
    const told = heard(receiver, endpoint.secret).filter(({ type }) => type.startsWith('message.'));
    const of = (person: Person) => ({ customerId: idOf(person), externalId: person, campaign: 'told', step: 'one' });
    expect(told.map(({ type, data }) => [type, data])).toEqual(
      expect.arrayContaining([
        ['message.bounced', expect.objectContaining(of('gone'))],
        ['message.complained', expect.objectContaining(of('complains'))],
        ['message.bounced', expect.objectContaining(of('unsigned'))],
      ]),
    );
    expect(told).toHaveLength(3);
  });

  it('the next step goes to those who may be written to; explain says why not to the others', async () => {
    await app.advance('P2D');
    expect(app.sink.to('stays@example.com')).toHaveLength(2);
    expect(app.sink.to('unsigned@example.com')).toHaveLength(2);
    for (const [person, reason] of [
      ['gone', 'hard_bounce'],
      ['complains', 'complaint'],
    ] as const) {
      expect(app.sink.to(`${person}@example.com`)).toHaveLength(1);
      const { decisions } = await api<{ decisions: Array<Record<string, unknown>> }>(
        `customers/${idOf(person)}/explain?campaign=told`,
      );
      expect(decisions.find(({ step }) => step === 'two')).toMatchObject({
        outcome: 'skipped',
        reason: 'suppressed',
        values: { suppressed: { reason, scope: 'all' } },
      });
    }
  });

  it('the funnel counts them, the timeline shows them', async () => {
    const { steps } = await api<{ steps: Array<Record<string, unknown>> }>('reports/campaigns/told/funnel');
    expect(steps).toMatchObject([
      { step: 'one', due: 4, sent: 4, bounced: 2, delivered: 2, complained: 1 },
      { step: 'two', due: 4, sent: 2, bounced: 0, complained: 0, skipped: { suppressed: 2 } },
    ]);
    const kinds = async (person: Person) => {
      const { items } = await api<{ items: Array<Record<string, unknown>> }>(`customers/${idOf(person)}/timeline`);
      return items.filter(({ kind }) => kind === 'bounce');
    };
    const messageId = await firstMail('gone');
    expect(await kinds('gone')).toMatchObject([
      { what: 'hard', reason: 'user_unknown', status: '5.1.1', messageId, source: 'api', proof: 'return_path' },
    ]);
    expect(await kinds('complains')).toMatchObject([{ what: 'complaint', proof: 'link' }]);
    expect(await kinds('stays')).toEqual([]);
  });

  it('a merge hands them over; an erasure takes the words, and leaves the hash that holds', async () => {
    const { items } = await api<{ items: Array<{ id: string }> }>(`bounces?customerId=${idOf('gone')}`);
    expect(items).toMatchObject([{ said: expect.stringContaining('gone@example.com') }]);
    const [from, into] = [idOf('gone'), idOf('stays')];
    const now = new Date('2026-03-05T08:00:00Z');
    await app.database.transaction((tx) =>
      app.app.get(CustomerIngest).applyBatch(
        tx,
        [
          {
            kind: 'merge',
            identity: { externalId: 'stays' },
            other: { externalId: 'gone' },
            version: { at: now, eventId: 'merged' },
            source: 'source:shop',
          },
        ],
        now,
      ),
    );
    const stays = [from, into].sort()[0] ?? '';
    expect((await api<{ items: unknown[] }>(`bounces?customerId=${stays}`)).items).toHaveLength(1);
    // What a provider told of the same address, about a mail that nobody can place.
    await app.database.execute(
      `insert into bounces (id, address_hash, class, said, source, proof, at, recorded_at)
       select gen_random_uuid(), address_hash, 'soft', 'gone@example.com is full', 'ses', 'webhook', at, at from bounces
       where customer_id = $1`,
      [stays],
    );
    const kept = await api<object>(`customers/${stays}/export`);
    expect(JSON.stringify(kept)).toContain('gone@example.com is full');
    await app.request('post', `/api/v1/customers/${stays}/erase`).expect(200);
    const rows = await app.database.query<{ said: string | null; held: boolean }>(
      `select said, exists (select 1 from suppressions s where s.address_hash = b.address_hash) as held from bounces b
       where source = 'ses' or customer_id = $1`,
      [stays],
    );
    expect(rows).toEqual([
      { said: null, held: true },
      { said: null, held: true },
    ]);
  });
});
