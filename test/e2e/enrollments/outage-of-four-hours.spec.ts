import { startTestApp, type TestApp } from '../../support/app';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink';

const START = '2026-03-02T08:00:00.000Z';
/** The service is down from noon to 16:00 UTC. */
const DOWN = '2026-03-02T12:00:00.000Z';
const UP = '2026-03-02T16:00:00.000Z';

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Ciao <a href="{{links.unsubscribe}}">leave</a></mj-text>
  </mj-column></mj-section></mj-body></mjml>`;

/** Nobody is at work while steps come due: afterwards nothing is lost, nothing pours out, and what is too late is not sent. */
describe('an outage of four hours', () => {
  let database: TestDatabase;
  let sink: SmtpSink;
  let service: TestApp;
  let told = 0;
  const boot = async (clock: string): Promise<void> => {
    service = await startTestApp({ clock, smtpUrl: sink.url, on: database });
  };
  beforeAll(async () => {
    database = await createTestDatabase();
    sink = await startSmtpSink();
    await boot(START);
  });
  afterAll(async () => {
    await service.close();
    await sink.stop();
    await database.close();
  });

  const tell = async (type: string, occurredAt: string, data: object): Promise<void> => {
    const events = [{ id: `event-${++told}`, type, occurredAt, data }];
    await service.request('post', '/api/v1/events').send(events).expect(202);
  };
  const campaign = async (key: string, steps: object[], change: object = {}): Promise<void> => {
    const trigger = { on: 'event', event: 'customer.created' };
    const body = { key, name: key, trigger, steps, ...change };
    await service.request('post', '/api/v1/campaigns').send(body).expect(201);
    await service.request('post', `/api/v1/campaigns/${key}/activate`).send({}).expect(200);
  };
  const email = (key: string, more: object = {}): object => ({ kind: 'email', key, template: 'letter', ...more });
  const wait = (duration: string): object => ({ kind: 'wait', for: duration });
  const ledger = async (key: string): Promise<string[]> => {
    const { body } = await service.request('get', `/api/v1/messages?campaign=${key}&limit=500`).expect(200);
    const { items } = body as { items: Array<Record<string, string | null>> };
    return items
      .sort((a, b) => (a.dueAt ?? '').localeCompare(b.dueAt ?? ''))
      .map((one) => `${one.step} ${one.reason ?? one.status} ${one.sentAt?.slice(11, 16) ?? '-'}`);
  };

  it('loses nothing, floods nobody, and keeps to the lateness', async () => {
    await service
      .request('post', '/api/v1/templates')
      .send({ key: 'letter', name: 'letter', defaultLocale: 'en', locales: { en: { subject: 'Ciao', mjml: MJML } } })
      .expect(201);
    const hourly = [
      email('one'),
      wait('PT5H'),
      email('two'),
      wait('PT1H'),
      email('three'),
      wait('PT1H'),
      email('four'),
    ];
    await campaign('hourly', hourly);
    await campaign('urgent', [wait('PT5H'), email('now', { maxLateness: 'PT2H' }), wait('PT12H'), email('later')]);
    const awaits = (within: string): object[] => [
      { kind: 'waitFor', event: 'order.placed', within, then: [email('thanks')], else: [email('nudge')] },
    ];
    await campaign('waiting', awaits('PT12H'));
    await campaign('timed-out', awaits('PT5H'));
    const consent = { status: 'subscribed', source: 'till', at: START };
    await tell('customer.created', START, { externalId: 'anna', email: 'anna@example.com', consent });
    await service.advance(DOWN);
    expect(await ledger('hourly')).toEqual(['one sent 08:00']);
    await service.close();

    await boot(UP);
    // An order from the time of the outage, told late.
    await tell('order.placed', '2026-03-02T13:30:00.000Z', {
      externalId: 'o-1',
      customer: { externalId: 'anna' },
      placedAt: '2026-03-02T13:30:00.000Z',
      currency: 'EUR',
      total: '10.00',
      lines: [{ productExternalId: 'tea', quantity: 1, unitPrice: '10.00' }],
    });
    await service.advance('PT1M');
    // Three hourly mails were due meanwhile: one goes now, the others keep their distance from it.
    expect(await ledger('hourly')).toEqual(['one sent 08:00', 'two sent 16:00']);
    expect(await ledger('urgent')).toEqual(['now too_late -']);
    // The order counts where it is still waited for, and by its own time: its mail was planned for 13:30.
    expect(await ledger('waiting')).toEqual(['thanks sent 16:00']);
    const [thanks] = await service.database.query<{ at: Date }>(
      `select due_at as at from messages where step = 'thanks'`,
    );
    expect(thanks?.at).toEqual(new Date('2026-03-02T13:30:00.000Z'));
    expect(await ledger('timed-out')).toEqual(['nudge sent 16:00']);
    await service.advance('P2D');
    expect(await ledger('hourly')).toEqual(['one sent 08:00', 'two sent 16:00', 'three sent 17:00', 'four sent 18:00']);
    expect(await ledger('urgent')).toEqual(['now too_late -', 'later sent 01:00']);
    expect(sink.mails).toHaveLength(7);
    const states = await service.database.query(`select status, count(*) as n from enrollments group by 1`);
    expect(states).toEqual([{ status: 'completed', n: 4 }]);
    expect(await service.database.query('select * from enrollment_timers')).toEqual([]);
  });
});
