import { simpleParser } from 'mailparser';
import { startTestApp, type TestApp } from './app';
import { type SinkScript, startSmtpSink, type SmtpSink } from './smtp-sink';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

/** A row of the send ledger as a story tells it. */
export interface ToldMail {
  who: string;
  step: string;
  /** `sent`, or `skipped too_late`. */
  came: string;
  /** Local time of the plan in the store's zone (or the one asked for), `2026-03-02 09:00`. */
  due: string;
}

interface MessageRow {
  customerId: string;
  step: string;
  status: string;
  reason: string | null;
  dueAt: string;
}

/** A shop that tells its events, and a marketer, over HTTP and SMTP, on the test clock. */
export class CampaignStory {
  private told = 0;
  private readonly names = new Map<string, string>();

  private constructor(
    readonly app: TestApp,
    readonly sink: SmtpSink,
    private now: string,
  ) {}

  static async open(clock: string, env: Record<string, string> = {}, script: SinkScript = {}): Promise<CampaignStory> {
    const sink = await startSmtpSink(script);
    return new CampaignStory(await startTestApp({ clock, smtpUrl: sink.url, env }), sink, clock);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.sink.stop();
  }

  /** Moves the clock, by a duration or to an instant; everything due on the way is done. */
  async until(by: string): Promise<void> {
    this.now = (await this.app.advance(by)).now;
  }

  async template(key: string): Promise<void> {
    const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text>${key} for {{customer.firstName}}
      <a href="https://shop.test/">shop</a> <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
    const locales = { en: { subject: key, mjml } };
    await this.app
      .request('post', '/api/v1/templates')
      .send({ key, name: key, defaultLocale: 'en', locales })
      .expect(201);
  }

  /** Makes a campaign and activates it; the answer of the activation. */
  async campaign(definition: { key: string }): Promise<{ id: string; salt: string; warnings: unknown[] }> {
    const made = await this.app.request('post', '/api/v1/campaigns').send(definition);
    if (made.status !== 201) throw new Error(`${definition.key}: ${JSON.stringify(made.body)}`);
    const { body } = await this.app
      .request('post', `/api/v1/campaigns/${definition.key}/activate`)
      .send({})
      .expect(200);
    return body as { id: string; salt: string; warnings: unknown[] };
  }

  /** An event of the shop, now. */
  async tell(type: string, data: Record<string, unknown>): Promise<void> {
    const events = [{ id: `story-${++this.told}`, type, occurredAt: this.now, data }];
    const { body } = await this.app.request('post', '/api/v1/events').send(events).expect(202);
    expect((body as { rejected: unknown[] }).rejected).toEqual([]);
    await this.settle();
  }

  /** A new customer who consents now. */
  async customer(who: string, change: object = {}): Promise<void> {
    const consent = { status: 'subscribed', source: 'checkout', at: this.now };
    const email = `${who}@example.com`;
    await this.tell('customer.created', { externalId: who, email, firstName: who, consent, ...change });
  }

  async order(who: string, product = 'tea', category = 'tea'): Promise<void> {
    await this.tell('order.placed', {
      externalId: `order-${++this.told}`,
      customer: { externalId: who },
      placedAt: this.now,
      currency: 'EUR',
      total: '20.00',
      lines: [{ productExternalId: product, name: product, category, quantity: 1, unitPrice: '20.00' }],
    });
  }

  /** Customers of earlier days, each of whom ordered so many days ago: too long for anything to start. */
  async history(people: number, daysAgo: readonly number[], product: string, category: string): Promise<void> {
    const instant = (days: number): string => new Date(Date.parse(this.now) - days * 86_400_000).toISOString();
    const events = Array.from({ length: people }, (_, n) => ({ externalId: `earlier-${n}` })).flatMap((customer) =>
      daysAgo.map((days) => ({
        ...{ id: `story-${++this.told}`, type: 'order.placed', occurredAt: instant(days) },
        data: {
          ...{ externalId: `order-${this.told}`, customer, placedAt: instant(days), currency: 'EUR', total: '20.00' },
          lines: [{ productExternalId: product, name: product, category, quantity: 1, unitPrice: '20.00' }],
        },
      })),
    );
    const { body } = await this.app.request('post', '/api/v1/events').send(events).expect(202);
    expect((body as { rejected: unknown[] }).rejected).toEqual([]);
    await this.settle();
  }

  /** A person opens the last mail to an address. */
  async opens(who: string): Promise<void> {
    const mail = this.sink.to(`${who}@example.com`).at(-1);
    const { html } = await simpleParser(mail?.octets ?? '');
    const [, pixel] = /src="[^"]*(\/t\/o\/[^"]+)"/.exec(html || '') ?? [];
    if (pixel === undefined) throw new Error(`no pixel in the mail to ${who}`);
    await this.app.request('get', pixel, null).set('user-agent', CHROME).expect(200);
  }

  /** The id of a customer. */
  async idOf(who: string): Promise<string> {
    const { body } = await this.app.request('get', `/api/v1/customers?externalId=${who}`).expect(200);
    const [found] = (body as { items: Array<{ id: string }> }).items;
    if (!found) throw new Error(`${who} is unknown`);
    this.names.set(found.id, who);
    return found.id;
  }

  /** The tags of a customer. */
  async tagsOf(who: string): Promise<string[]> {
    const { body } = await this.app.request('get', `/api/v1/customers/${await this.idOf(who)}`).expect(200);
    return (body as { tags: string[] }).tags;
  }

  /** What the ledger says of a campaign, by person and time. */
  async mails(campaign: string, zone = 'Europe/Rome'): Promise<ToldMail[]> {
    const { body } = await this.app.request('get', `/api/v1/messages?campaign=${campaign}&limit=500`).expect(200);
    const rows = (body as { items: MessageRow[] }).items.sort((a, b) => a.dueAt.localeCompare(b.dueAt));
    const told: ToldMail[] = [];
    for (const { customerId, step, status, reason, dueAt } of rows) {
      const came = reason === null ? status : `${status} ${reason}`;
      told.push({ who: await this.nameOf(customerId), step, came, due: localTimeOf(dueAt, zone) });
    }
    return told.sort((a, b) => a.who.localeCompare(b.who));
  }

  /** The same in short: `anna: hello, nudge (skipped too_late)`. */
  async ways(campaign: string): Promise<Record<string, string>> {
    const ways: Record<string, string> = {};
    for (const { who, step, came } of await this.mails(campaign)) {
      const here = came === 'sent' ? step : `${step} (${came})`;
      ways[who] = who in ways ? `${ways[who] ?? ''}, ${here}` : here;
    }
    return ways;
  }

  /** How the enrollments of a campaign stand: `anna: exited goal`, `bruno: completed`, `carla: active nudge`. */
  async standing(campaign: string): Promise<Record<string, string>> {
    const { body } = await this.app.request('get', `/api/v1/campaigns/${campaign}/enrollments?limit=500`).expect(200);
    const { items } = body as { items: Array<Record<string, string | null>> };
    const standing: Record<string, string> = {};
    for (const { customerId, status, step, exitReason } of items) {
      const more = exitReason ?? step;
      standing[await this.nameOf(customerId ?? '')] =
        more === null || more === undefined ? `${status}` : `${status} ${more}`;
    }
    return standing;
  }

  /** What was accepted is worked off at the standing time. */
  private async settle(): Promise<void> {
    await this.app.request('post', '/api/v1/test-clock').send({ advanceTo: this.now }).expect(200);
  }

  private async nameOf(customerId: string): Promise<string> {
    const known = this.names.get(customerId);
    if (known !== undefined) return known;
    const { body } = await this.app.request('get', `/api/v1/customers/${customerId}`).expect(200);
    const { externalId } = body as { externalId: string };
    this.names.set(customerId, externalId);
    return externalId;
  }
}

function localTimeOf(instant: string, zone: string): string {
  return new Date(instant).toLocaleString('sv-SE', { timeZone: zone }).slice(0, 16);
}
