import ICAL from 'ical.js';
import { type CalendarReport } from '../../../src/reports/calendar-report.service';
import { startTestApp, type TestApp } from '../../support/app';
import { type GivenCustomer, givenCustomers } from '../../support/campaign-facts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink';

/** Monday, nine in the morning in Rome. */
const START = '2026-03-02T08:00:00.000Z';

describe('the calendar', () => {
  let service: TestApp;
  let sink: SmtpSink;
  beforeEach(async () => {
    sink = await startSmtpSink({}, { keepOctets: false });
    service = await startTestApp({ clock: START, smtpUrl: sink.url });
    const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text>Hello <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
    const template = { key: 't', name: 't', defaultLocale: 'en', locales: { en: { subject: 'Hello', mjml } } };
    await service.request('post', '/api/v1/templates').send(template).expect(201);
  });
  afterEach(async () => {
    await service.close();
    await sink.stop();
  });

  const campaign = async (key: string, trigger: object, steps: object[], change: object = {}): Promise<string> => {
    const body = { key, name: `The ${key}`, trigger, steps, ...change };
    const made = await service.request('post', '/api/v1/campaigns').send(body).expect(201);
    await service.request('post', `/api/v1/campaigns/${key}/activate`).expect(200);
    return (made.body as { id: string }).id;
  };
  const given = (customers: GivenCustomer[]): Promise<string[]> => givenCustomers(service.database, customers);
  const calendar = async (query = ''): Promise<CalendarReport> =>
    (await service.request('get', `/api/v1/calendar${query}`).expect(200)).body as CalendarReport;
  const forecastOf = (report: CalendarReport): string[] =>
    report.days.flatMap(({ date, forecast }) =>
      forecast.map(({ campaign: key, messages }) => `${date} ${key} ${messages}`),
    );
  const email = (key: string) => ({ kind: 'email', key, template: 't' });
  /** Mails that were decided, by day and campaign, whatever became of them on their way. */
  const written = async (): Promise<string[]> =>
    (
      await service.database.query<{ day: string; key: string; n: number }>(
        `select to_char(m.queued_at at time zone 'Europe/Rome', 'YYYY-MM-DD') as day, c.key, count(*)::int as n
         from messages m join campaigns c on c.id = m.campaign_id where m.status not in ('skipped', 'held_out')
         group by 1, 2 order by 1, 2`,
      )
    ).map(({ day, key, n }) => `${day} ${key} ${n}`);

  it('forecasts for those who are under way what the engine then does', async () => {
    const people = await given(Array.from({ length: 12 }, (_, i) => ({ consent: i === 0 ? 'none' : 'subscribed' })));
    await service
      .request('put', '/api/v1/settings/contact-policy')
      .send({
        ...{ maxMessages: 2, per: 'P7D', blackout: ['2026-03-06'] },
        quietHours: { from: '21:00', to: '08:00', timezone: 'customer' },
      })
      .expect(200);
    const steps = [
      { kind: 'wait', for: 'P1D', at: '10:00' },
      email('a'),
      {
        kind: 'split',
        key: 's',
        arms: [
          { name: 'x', weight: 50, steps: [{ kind: 'wait', for: 'P1D' }, email('b')] },
          { name: 'y', weight: 50, steps: [{ kind: 'wait', for: 'P2D', at: '22:00' }, email('c')] },
        ],
      },
      {
        kind: 'branch',
        if: { field: 'locale', op: 'eq', value: 'it' },
        then: [{ kind: 'wait', for: 'P1D' }, email('d')],
      },
      { kind: 'waitFor', event: 'order.placed', within: 'P7D', else: [email('e')] },
    ];
    await campaign('drip', { on: 'manual' }, steps, { holdout: 0.3, maxLateness: 'P4D' });
    await service.database.execute(`update customers set locale = 'it' where id = any($1::uuid[])`, [
      people.slice(0, 6),
    ]);
    await service.request('post', '/api/v1/campaigns/drip/enrollments').send({ customerIds: people }).expect(201);
    const report = await calendar('?from=2026-03-02&to=2026-04-01');
    expect(report.forecastBasis).toMatchObject({ entries: { expected: 0 } });
    expect(report.days).toHaveLength(30);
    await service.advance('P30D');
    const really = await written();
    expect(really.length).toBeGreaterThan(2);
    expect(forecastOf(report).sort()).toEqual(really);
  });

  it('shows announcements on their local day, what has been by its record, and whom they will reach', async () => {
    await given([{ timezone: 'Asia/Tokyo' }, { timezone: 'America/New_York' }, {}, { consent: 'none' }]);
    const segment = 'subscribed';
    await campaign('news', { on: 'date', at: '2026-03-20T18:30:00', timezone: 'customer', segment }, [email('a')]);
    await campaign('weekly', { on: 'schedule', cron: '0 9 * * 1', timezone: 'Europe/Rome', segment }, [email('a')], {
      entry: { limit: 'unlimited' },
    });
    await service
      .request('post', '/api/v1/campaigns')
      .send({
        ...{ key: 'maybe', name: 'Maybe', steps: [email('a')] },
        trigger: { on: 'date', at: '2026-03-25T09:00:00', timezone: 'Europe/Rome', segment },
      })
      .expect(201);
    await service.advance('P8D');
    const report = await calendar('?from=2026-03-02&to=2026-04-01');
    const announced = report.days.flatMap(({ date, announcements }) =>
      announcements.map((one) => [date, one.campaign, one.status, one.at, one.time, one.timezone, one.state].join(' ')),
    );
    expect(announced).toEqual([
      '2026-03-09 weekly active 2026-03-09T08:00:00.000Z 09:00 Europe/Rome done',
      '2026-03-16 weekly active 2026-03-16T08:00:00.000Z 09:00 Europe/Rome planned',
      '2026-03-20 news active  18:30 customer planned',
      '2026-03-23 weekly active 2026-03-23T08:00:00.000Z 09:00 Europe/Rome planned',
      '2026-03-25 maybe draft 2026-03-25T08:00:00.000Z 09:00 Europe/Rome planned',
      '2026-03-30 weekly active 2026-03-30T07:00:00.000Z 09:00 Europe/Rome planned',
    ]);
    expect(forecastOf(report)).toEqual([
      '2026-03-16 weekly 3',
      '2026-03-20 news 3',
      '2026-03-23 weekly 3',
      '2026-03-30 weekly 3',
    ]);
    await service.advance('2026-04-01T00:00:00.000Z');
    expect(await written()).toEqual([
      '2026-03-09 weekly 3',
      '2026-03-16 weekly 3',
      '2026-03-20 news 3',
      '2026-03-23 weekly 3',
      '2026-03-30 weekly 3',
    ]);
  });

  it('expects those who enter by events as in the weeks before, and anniversaries on their days', async () => {
    const people = await given(Array.from({ length: 5 }, () => ({ createdAt: new Date('2025-03-20T10:00:00Z') })));
    await campaign('hello', { on: 'event', event: 'hello' }, [{ kind: 'wait', for: 'P1D' }, email('a')]);
    await campaign('year', { on: 'anniversary', field: 'createdAt', at: '09:00' }, [email('a')]);
    await service.advance('P7DT1S');
    for (const [i, id] of people.slice(0, 2).entries()) {
      const occurredAt = new Date(Date.parse(START) + (7 + i) * 86_400_000 + 1000).toISOString();
      const event = { id: `e${i}`, type: 'hello', occurredAt, data: { customer: { externalId: id } } };
      await service.request('post', '/api/v1/events').send([event]).expect(202);
      await service.advance('P1D');
    }
    await service.advance('P5D');
    // Two weeks have passed: who entered on two days of the second comes again on these of the fourth.
    const report = await calendar('?to=2026-03-30');
    expect(forecastOf(report)).toEqual(['2026-03-20 year 5', '2026-03-24 hello 1', '2026-03-25 hello 1']);
    expect(report.forecastBasis?.entries.expected).toBe(7);
  });

  it('is iCalendar that a calendar program reads: times, floating times, whole days, stable ids', async () => {
    await given([{}, {}]);
    const segment = 'subscribed';
    await campaign('news', { on: 'date', at: '2026-03-20T18:30:00', timezone: 'customer', segment }, [email('a')]);
    const odd = { name: 'Saldi; "fino, al 50 %" e una riga così lunga che va piegata: perché sì' };
    await campaign(
      'sale',
      { on: 'date', at: '2026-03-21T09:00:00', timezone: 'Europe/Rome', segment },
      [email('a')],
      odd,
    );
    const answer = await service.request('get', '/api/v1/calendar.ics').expect(200);
    expect(answer.headers['content-type']).toBe('text/calendar; charset=utf-8');
    const read = new ICAL.Component(ICAL.parse(answer.text) as never);
    const events = read.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
    const told = events.map(({ uid, summary, startDate, endDate }) => {
      return [uid, summary, startDate.toString(), startDate.zone.tzid, endDate.toString()].join(' | ');
    });
    expect(told).toEqual([
      'news.2026-03-20.1830@ritorno.test | The news | 2026-03-20T18:30:00 | floating | 2026-03-20T19:30:00',
      'forecast.2026-03-20@ritorno.test | About 2 mails | 2026-03-20 | floating | 2026-03-21',
      `sale.2026-03-21.0900@ritorno.test | ${odd.name} | 2026-03-21T08:00:00Z | UTC | 2026-03-21T09:00:00Z`,
      'forecast.2026-03-21@ritorno.test | About 2 mails | 2026-03-21 | floating | 2026-03-22',
    ]);
    for (const line of answer.text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    const again = await service.request('get', '/api/v1/calendar.ics').expect(200);
    expect(again.text).toBe(answer.text);
  });

  it('refuses days that make no sense, gives CSV, and makes no forecast as of the past', async () => {
    for (const query of [
      '?from=2026-02-30',
      '?from=2026-03-05&to=2026-03-05',
      '?from=2026-03-01&to=2027-03-01',
      '?from=x',
    ]) {
      await service.request('get', `/api/v1/calendar${query}`).expect(422);
    }
    await service.request('get', '/api/v1/calendar?asOf=2027-01-01T00:00:00Z').expect(422);
    const past = await calendar('?asOf=2026-03-01T00:00:00Z');
    expect(past).toMatchObject({ forecastBasis: null, undefinedBecause: { forecastBasis: 'as_of_the_past' } });
    const csv = await service.request('get', '/api/v1/calendar?format=csv').expect(200);
    expect(csv.text).toBe('date,kind,campaign,time,timezone,state,messages\r\n');
  });
});
