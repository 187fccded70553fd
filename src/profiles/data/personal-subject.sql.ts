import { type PersonalSubject } from '../../customers/personal-data';
import { type Queryable } from '../../platform/database/database';

/** By what a person may be named anywhere: every address and every external id the record ever had. */
export async function personalSubject(db: Queryable, customerId: string): Promise<PersonalSubject | undefined> {
  const [row] = await db.query<PersonalSubject>(
    `select c.id as "customerId",
       array(select c.email where c.email is not null
         union select h.value #>> '{}' from customer_history h
         where h.customer_id = c.id and h.field = 'email' and h.value <> 'null') as emails,
       array(select c.external_id where c.external_id is not null
         union select a.external_id from customer_aliases a where a.customer_id = c.id) as "externalIds"
     from customers c where c.id = $1`,
    [customerId],
  );
  return row;
}
