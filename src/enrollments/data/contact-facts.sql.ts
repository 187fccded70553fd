import { type Sql } from '../../platform/database/database';

export interface ContactFactRow {
  customer_id: string;
  at: Date;
  campaign_id: string;
  priority: number;
}

/**
 * The contacts of a set of people after an instant, with the priority of their campaigns: what a cap counts. Run in the
 * claim, after the people were locked, so that two claims of the same person see each other's contacts. Plan: one index
 * scan on contacts_customer per person.
 */
export function contactsOf(customerIds: readonly string[], after: Date): Sql {
  return {
    name: 'enrollments.contacts-of',
    text: `select c.customer_id, c.at, c.campaign_id, k.priority
      from unnest($1::uuid[]) as u (id)
      cross join lateral (
        select c.customer_id, c.at, c.campaign_id from contacts c
        where c.customer_id = u.id and c.at > $2 and c.state <> 'released' offset 0) c
      join campaigns k on k.id = c.campaign_id`,
    values: [customerIds, after],
  };
}
