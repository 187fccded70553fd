export const DELIVERY_STATUSES = ['queued', 'delivered', 'failed', 'missed'] as const;
/** `missed`: it happened while the endpoint was switched off, or waited when it was. */
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** An endpoint as it is shown. Secrets are told when they are made and never again. */
export interface EndpointView {
  id: string;
  name: string | null;
  description: string | null;
  url: string;
  events: string[];
  enabled: boolean;
  disabledAt: string | null;
  /** Why it was switched off: by hand, gone (410), or failing for days. */
  disabledReason: string | null;
  health: {
    status: 'ok' | 'failing' | 'disabled';
    /** Since when nothing has been accepted. */
    failingSince: string | null;
    /** Events that wait for their (next) try. */
    waiting: number;
  };
  /** Since when the present secret signs, and until when the one before signs beside it. */
  secret: { createdAt: string; previousValidUntil: string | null };
  createdAt: string;
  updatedAt: string;
}

/** An event on its way to an endpoint, and how it fared. */
export interface DeliveryView {
  id: string;
  /** The header `webhook-id`; the same at every endpoint and in every try. */
  eventId: string;
  type: string;
  status: DeliveryStatus;
  attempts: number;
  createdAt: string;
  nextTryAt: string | null;
  /** Of the last try: when, the status and the beginning of the answer, or why there was none. */
  lastAt: string | null;
  lastStatus: number | null;
  lastAnswer: string | null;
  lastError: string | null;
  finishedAt: string | null;
}
