import type supertest from 'supertest';
import { SegmentStory } from './segment-story';

/** Points of a customer, as the API shows them. */
export interface ShownPoints {
  balance: number;
  owed: number;
  tier: string | null;
  nextExpiry: { at: string; points: number } | null;
  entries: { items: Array<{ delta: number; kind: string; reference: string; at: string }>; nextCursor: string | null };
}

/** What stories about points say to the service and ask of it; people by their external ids. */
export class LoyaltyStory extends SegmentStory {
  async setting(body: object): Promise<void> {
    await this.app.request('put', '/api/v1/settings/loyalty').send(body).expect(200);
    await this.settle();
  }

  /** Works off all that is due, without moving the clock. */
  async settle(): Promise<void> {
    const { now } = (await this.app.request('get', '/api/v1/test-clock').expect(200)).body as { now: string };
    await this.app.advance(now);
  }

  async idOf(who: string): Promise<string> {
    const { body } = await this.app.request('get', `/api/v1/customers?externalId=${who}`).expect(200);
    return (body as { items: Array<{ id: string }> }).items[0]?.id ?? '';
  }

  async points(who: string): Promise<ShownPoints> {
    return (await this.app.request('get', `/api/v1/customers/${await this.idOf(who)}/points`).expect(200))
      .body as ShownPoints;
  }

  async feed(who: string, body: Record<string, unknown>): Promise<supertest.Response> {
    return this.app.request('post', `/api/v1/customers/${await this.idOf(who)}/points`).send(body);
  }

  refund(order: string, amount: string, at: string): Promise<void> {
    return this.told({ type: 'order.refunded', occurredAt: at, data: { orderExternalId: order, amount, at } });
  }
}
