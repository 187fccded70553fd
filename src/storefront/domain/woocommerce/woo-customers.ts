import { mailableOrNull, nameOrUndefined } from '../lenient-values';
import { type DeliveryContext, ignored, type Loose, present, told, type Translation } from '../translation';
import { gmt, occurredAt } from './woo-values';

/** `customer.created`, `customer.updated`. WooCommerce knows no consent to mail: none is told. */
export function customer(type: 'customer.created' | 'customer.updated') {
  return (body: Loose, context: DeliveryContext): Translation => {
    const externalId = body.id('id');
    if (!externalId) return ignored('the customer has no id');
    const billing = body.child('billing');
    const name = (field: string) => nameOrUndefined(body.get(field)) ?? nameOrUndefined(billing.get(field)) ?? null;
    const data = present({
      externalId,
      email: mailableOrNull(body.get('email')) ?? mailableOrNull(billing.get('email')),
      firstName: name('first_name'),
      lastName: name('last_name'),
      createdAt: gmt(body, 'date_created'),
      updatedAt: gmt(body, 'date_modified') ?? gmt(body, 'date_created'),
    });
    return told({ type, occurredAt: occurredAt(body, context), data });
  };
}

export function customerDeleted(body: Loose, context: DeliveryContext): Translation {
  const externalId = body.id('id');
  if (!externalId) return ignored('the customer has no id');
  return told({ type: 'customer.deleted', occurredAt: occurredAt(body, context), data: { externalId } });
}
