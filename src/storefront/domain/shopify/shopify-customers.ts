import { instantOrUndefined, localeOrUndefined, mailableOrNull, nameOrUndefined } from '../lenient-values';
import { type DeliveryContext, ignored, type Loose, present, told, type Translation } from '../translation';
import { idOfGid, occurredAt, shopifyId } from './shopify-values';

const CONSENT: Record<string, string> = {
  subscribed: 'subscribed',
  pending: 'pending',
  unsubscribed: 'unsubscribed',
  not_subscribed: 'none',
  invalid: 'none',
  redacted: 'none',
};

/** `customers/create` and `customers/update`. */
export function customer(type: 'customer.created' | 'customer.updated') {
  return (body: Loose, context: DeliveryContext): Translation => {
    const fields = customerFields(body);
    if (!fields.externalId && !fields.email) return ignored('the customer has neither id nor address');
    const nullable = { email: mailableOrNull(body.get('email')), ...namesOrNull(body) };
    const updatedAt = instantOrUndefined(body.get('updated_at'));
    return told({ type, occurredAt: occurredAt(body, context), data: present({ ...fields, ...nullable, updatedAt }) });
  };
}

function customerFields(body: Loose): Record<string, unknown> {
  return present({
    externalId: shopifyId(body),
    email: mailableOrNull(body.get('email')) ?? undefined,
    firstName: nameOrUndefined(body.get('first_name')),
    lastName: nameOrUndefined(body.get('last_name')),
    locale: localeOrUndefined(body.get('locale')),
    createdAt: instantOrUndefined(body.get('created_at')),
    tags: tags(body),
    consent: consent(body),
  });
}

/** The customer as part of an order or checkout: only what it says; what is empty or "none" there clears nothing. */
export function customerReference(body: Loose): Record<string, unknown> {
  const { tags: list, consent: word, ...fields } = customerFields(body);
  const says = (word as { status?: string } | undefined)?.status;
  return present({
    ...fields,
    tags: Array.isArray(list) && list.length > 0 ? list : undefined,
    consent: says === 'none' ? undefined : word,
  });
}

function namesOrNull(body: Loose): Record<string, unknown> {
  const name = (field: string) => (body.has(field) ? (nameOrUndefined(body.get(field)) ?? null) : undefined);
  return { firstName: name('first_name'), lastName: name('last_name') };
}

/** A comma-separated text; absent in newer API versions. */
function tags(body: Loose): string[] | undefined {
  const value = body.get('tags');
  if (typeof value !== 'string') return undefined;
  const list = value.split(',').flatMap((tag) => nameOrUndefined(tag) ?? []);
  return [...new Set(list)].slice(0, 250);
}

function consent(body: Loose): Record<string, unknown> | undefined {
  const told = body.child('email_marketing_consent');
  const status = CONSENT[told.text('state') ?? ''];
  if (status) {
    const at = instantOrUndefined(told.get('consent_updated_at'));
    return present({ status, source: 'shopify', at, text: optIn(told, 'opt_in_level') });
  }
  // API versions before 2022-04.
  const accepts = body.flag('accepts_marketing');
  if (accepts === undefined) return undefined;
  const at = instantOrUndefined(body.get('accepts_marketing_updated_at'));
  return present({
    status: accepts ? 'subscribed' : 'none',
    source: 'shopify',
    at,
    text: body.text('marketing_opt_in_level'),
  });
}

const OPT_IN = new Set(['single_opt_in', 'confirmed_opt_in', 'unknown']);

/** How the consent was given, as its text. */
function optIn(body: Loose, name: string): string | undefined {
  const level = body.text(name);
  return level !== undefined && OPT_IN.has(level) ? level : undefined;
}

/** `customers_email_marketing_consent/update`. */
export function consentUpdate(body: Loose, context: DeliveryContext): Translation {
  const externalId = body.id('customer_id');
  const email = mailableOrNull(body.get('email_address')) ?? undefined;
  const word = consent(body);
  if (!externalId && !email) return ignored('the consent names nobody');
  if (!word) return ignored('the state of consent is not known');
  return told({
    type: 'customer.updated',
    occurredAt: occurredAt(body, context),
    data: present({ externalId, email, consent: word, updatedAt: word.at }),
  });
}

export function customerDeleted(body: Loose, context: DeliveryContext): Translation {
  const externalId = shopifyId(body);
  if (!externalId) return ignored('the customer has no id');
  return told({ type: 'customer.deleted', occurredAt: occurredAt(body, context), data: { externalId } });
}

const MERGED = new Set(['completed', 'complete', 'success', 'succeeded']);

/** `customers/merge`, sent also when a merge fails or is still under way. */
export function customersMerged(body: Loose, context: DeliveryContext): Translation {
  const status = body.text('status')?.toLowerCase();
  if (status !== undefined && !MERGED.has(status)) return ignored(`the merge is ${status}`);
  const keptExternalId = idOfGid(body.get('admin_graphql_api_customer_kept_id'));
  const goneExternalId = idOfGid(body.get('admin_graphql_api_customer_deleted_id'));
  if (!keptExternalId || !goneExternalId) return ignored('the merge does not name both customers');
  return told({
    type: 'customer.merged',
    occurredAt: occurredAt(body, context),
    data: { keptExternalId, goneExternalId },
  });
}

/** `customers/redact` and `customers/data_request`: duties under data protection law, never left out. */
export function personRequest(type: 'customer.redacted' | 'customer.data_requested') {
  return (body: Loose, context: DeliveryContext): Translation => {
    const person = body.child('customer');
    const reference = type === 'customer.data_requested' ? body.child('data_request').id('id') : undefined;
    const email = mailableOrNull(person.get('email')) ?? undefined;
    const data = present({ externalId: person.id('id'), email, reference });
    return told({ type, occurredAt: occurredAt(body, context), data });
  };
}

export function shopRedacted(body: Loose, context: DeliveryContext): Translation {
  return told({ type: 'shop.redacted', occurredAt: occurredAt(body, context), data: {} });
}
