import { type TestApp } from './app';

/** One change of a membership, as a story tells it. */
export interface ToldChange {
  at: string;
  change: 'entered' | 'left';
  cause: string;
}

export const PLAIN_TEMPLATE = {
  key: 'plain',
  name: 'Plain',
  defaultLocale: 'en',
  locales: {
    en: {
      subject: 'Hello',
      mjml: `<mjml><mj-body><mj-section><mj-column><mj-text>
        Hello <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`,
    },
  },
};

/** What stories about segments say to the service and ask of its tables. */
export class SegmentStory {
  private events = 0;

  constructor(readonly app: TestApp) {}

  async segment(key: string, condition: unknown): Promise<void> {
    await this.app.request('post', '/api/v1/segments').send({ key, name: key, condition }).expect(201);
  }

  /** A campaign that starts when somebody enters a segment, and one when somebody leaves it: they hear of both. */
  async listen(segment: string): Promise<void> {
    await this.app.request('post', '/api/v1/templates').send(PLAIN_TEMPLATE);
    for (const when of ['enters', 'leaves']) {
      const key = `${segment}-${when}`;
      const campaign = {
        key,
        name: key,
        purpose: 'custom',
        trigger: { on: 'segment', segment, when },
        entry: { limit: 'unlimited' },
        steps: [
          { kind: 'wait', for: 'P30D' },
          { kind: 'email', key: 'mail', template: PLAIN_TEMPLATE.key },
        ],
      };
      await this.app.request('post', '/api/v1/campaigns').send(campaign).expect(201);
      await this.app.request('post', `/api/v1/campaigns/${key}/activate`).send({}).expect(200);
    }
  }

  /** Events of the shop, at the instant they are told of. */
  async told(...events: Array<{ type: string; occurredAt: string; data: Record<string, unknown> }>): Promise<void> {
    const body = events.map((event) => ({ id: `story-${++this.events}`, ...event }));
    const { body: answer } = await this.app.request('post', '/api/v1/events').send(body).expect(202);
    expect((answer as { rejected: unknown[] }).rejected).toEqual([]);
  }

  customer(who: string, at: string, fields: Record<string, unknown> = {}): Promise<void> {
    const data = { externalId: who, email: `${who}@example.com`, ...fields };
    return this.told({ type: 'customer.updated', occurredAt: at, data });
  }

  order(id: string, who: string, at: string, fields: Record<string, unknown> = {}): Promise<void> {
    const customer = { externalId: who, email: `${who}@example.com` };
    const data = { externalId: id, customer, placedAt: at, currency: 'EUR', total: '30.00', lines: [], ...fields };
    return this.told({ type: 'order.placed', occurredAt: at, data });
  }

  async members(segment: string): Promise<string[]> {
    const rows = await this.app.database.query<{ who: string }>(
      `select c.external_id as who from segment_members m join segments s on s.id = m.segment_id
       join customers c on c.id = m.customer_id where s.key = $1 order by 1`,
      [segment],
    );
    return rows.map(({ who }) => who);
  }

  /** The members by a full evaluation of the condition, as `GET .../members` makes it. */
  async judgedMembers(segment: string): Promise<string[]> {
    const { body } = await this.app.request('get', `/api/v1/segments/${segment}/members?limit=500`).expect(200);
    return (body as { items: Array<{ externalId: string }> }).items.map(({ externalId }) => externalId).sort();
  }

  async changes(segment: string, who: string): Promise<ToldChange[]> {
    const rows = await this.app.database.query<{ at: Date; entered: boolean; cause: string }>(
      `select h.at, h.entered, h.cause from segment_changes h join segments s on s.id = h.segment_id
       join customers c on c.id = h.customer_id where s.key = $1 and c.external_id = $2 order by h.id`,
      [segment, who],
    );
    return rows.map(({ at, entered, cause }) => ({
      at: at.toISOString(),
      change: entered ? 'entered' : 'left',
      cause,
    }));
  }

  /** The events about a segment that campaigns are told of. */
  news(segment: string): Promise<Array<{ who: string; type: string; cause: string; starts: boolean }>> {
    return this.app.database.query(
      `select c.external_id as who, e.type, e.properties ->> 'cause' as cause, e.starts
       from customer_events e join customers c on c.id = e.customer_id
       where e.type in ('segment.entered', 'segment.left') and e.properties ->> 'segment' = $1 order by e.id`,
      [segment],
    );
  }

  async membership(segment: string): Promise<unknown> {
    return ((await this.app.request('get', `/api/v1/segments/${segment}`).expect(200)).body as { membership: unknown })
      .membership;
  }
}
