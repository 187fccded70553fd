import { simpleParser } from 'mailparser';
import { CampaignStory } from '../../support/campaign-story';
import { deliveriesOf, givenEndpoint, heard, type MadeEndpoint } from '../../support/endpoints';
import { type HookSink, startHookSink } from '../../support/hook-sink';

const START = '2026-03-02T08:00:00.000Z';
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const SCANNER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

describe('a customer, as another service hears of them', () => {
  let story: CampaignStory;
  let receiver: HookSink;
  let made: MadeEndpoint;
  beforeAll(async () => {
    receiver = await startHookSink();
    story = await CampaignStory.open(START, { WEBHOOKS_TO_LOOPBACK: 'allow' });
    await story.template('hello');
    await story.template('more');
    const events = ['customer.*', 'stage.*', 'order.counted', 'enrollment.*', 'message.*'];
    made = await givenEndpoint(story.app, `${receiver.url}/`, events);
  });
  afterAll(async () => {
    await story.close();
    await receiver.close();
  });

  it('from the webhook that made them to the unsubscribe, signed, and told again while the receiver is down', async () => {
    const email = (key: string) => ({ kind: 'email', key, template: key });
    const steps = [email('hello'), { kind: 'wait', for: 'P1D' }, email('more')];
    const trigger = { on: 'event', event: 'customer.created' };
    await story.campaign({ ...{ key: 'welcome', name: 'Welcome', purpose: 'welcome' }, trigger, steps } as {
      key: string;
    });
    // The receiver is away for the first minutes.
    receiver.answer({ status: 503 });
    await story.customer('anna');
    await story.order('anna');
    await story.until('PT1M');
    const missed = new Set(receiver.received.map(({ headers }) => String(headers['webhook-id'])));
    receiver.answer({ status: 204 });
    receiver.received.length = 0;
    await story.until('PT1H');
    const first = heard(receiver, made.secret);
    expect(new Set(first.map(({ id }) => id))).toEqual(missed);
    const id = await story.idOf('anna');
    expect(first.map(({ type }) => type).sort()).toEqual(
      [
        ...['customer.created', 'customer.subscribed', 'enrollment.entered', 'message.sent', 'order.counted'],
        'stage.changed',
      ].sort(),
    );
    for (const { data } of first) expect(data).toMatchObject({ customerId: id, externalId: 'anna' });
    const data = (type: string) => heard(receiver, made.secret).find((event) => event.type === type)?.data;
    expect(data('order.counted')).toMatchObject({ total: '20.00', currency: 'EUR', origin: 'shop' });
    expect(data('stage.changed')).toMatchObject({ from: 'prospect', to: 'recent', cause: 'order' });
    expect(data('enrollment.entered')).toMatchObject({ campaign: 'welcome', arm: 'treatment' });
    expect(data('message.sent')).toMatchObject({ campaign: 'welcome', step: 'hello', template: 'hello' });

    // A scanner follows the link, then the person does, and leaves by the button of the mail program.
    receiver.received.length = 0;
    const mail = await simpleParser(story.sink.to('anna@example.com').at(-1)?.octets ?? '');
    const html = mail.html || '';
    const link = (kind: string): string => new RegExp(`"[^"]*(/${kind}/[^"]+)"`).exec(html)?.[1] ?? '';
    const get = (path: string, agent: string) => story.app.request('get', path, null).set('user-agent', agent);
    await get(link('t/c'), SCANNER).expect(302);
    await get(link('t/c'), CHROME).expect(302);
    await story.app.request('post', link('u'), null).type('form').send('List-Unsubscribe=One-Click').expect(200);
    await story.until('P2D');
    const second = heard(receiver, made.secret);
    expect(second.map(({ type }) => type).sort()).toEqual([
      'customer.unsubscribed',
      'enrollment.exited',
      'message.clicked',
      'message.skipped',
    ]);
    expect(data('message.skipped')).toMatchObject({ step: 'more', reason: 'unsubscribed' });
    expect(data('message.clicked')).toMatchObject({ step: 'hello', link: 0, url: 'https://shop.test/' });
    expect(data('customer.unsubscribed')).toMatchObject({ by: 'person', externalId: 'anna' });
    expect(data('enrollment.exited')).toMatchObject({ campaign: 'welcome', reason: 'unsubscribed' });

    // Of an erased person nothing is told but that, and by our id alone.
    receiver.received.length = 0;
    await story.app.request('post', `/api/v1/customers/${id}/erase`).expect(200);
    await story.until('PT1H');
    expect(heard(receiver, made.secret)).toMatchObject([
      { type: 'customer.erased', data: { customerId: id, externalId: null } },
    ]);
    expect((await deliveriesOf(story.app, made.id)).every(({ status }) => status === 'delivered')).toBe(true);
  });
});
