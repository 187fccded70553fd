/** What a webhook step tells the receiver. Documented in docs/campaigns.md; fields are added, never changed. */
export interface WebhookBody {
  type: 'campaign.step';
  /** The same over all tries; also the header `webhook-id`. */
  id: string;
  /** When the step was due, ISO 8601. */
  at: string;
  campaign: { id: string; key: string; name: string };
  /** The path of the step: `steps[2].then[0]`. */
  step: string;
  enrollmentId: string;
  customer: WebhookCustomer;
  /** What started the enrollment; both null where a segment, the clock or a hand did. */
  trigger: { event: WebhookEvent | null; order: { id: string; externalId: string } | null };
}

export interface WebhookCustomer {
  id: string;
  externalId: string | null;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  locale: string | null;
  timezone: string | null;
  tags: string[];
  attributes: Record<string, unknown>;
  stage: string | null;
  orders: { count: number; firstAt: string | null; lastAt: string | null };
}

export interface WebhookEvent {
  id: string;
  type: string;
  occurredAt: string;
  properties: Record<string, unknown>;
}
