import { Injectable } from '@nestjs/common';
import {
  type CustomerMerge,
  handOverRows,
  PersonalDataOwner,
  type PersonalSubject,
} from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';
import { REDACTED_BODY } from './ingest.sql';

/** Shorter numbers stand for anything in a body: only ids of this length and more are looked for as bare numbers. */
const SHORTEST_NUMBER = 6;

/** Raw deliveries, dead letters, rows of error files, and what shops demanded: all of them name people. */
@Injectable()
export class StorefrontPersonalData extends PersonalDataOwner {
  readonly name = 'deliveries';
  readonly tables = ['deliveries', 'shop_requests'];

  async export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    return db.query(
      `select source, type, received_at as "receivedAt", body from deliveries where customer_id = $1 order by id`,
      [customerId],
    );
  }

  /**
   * Bodies of the person's deliveries are emptied; what was never worked off (dead letters) is found by the names that
   * stand in it. Deliveries that still wait are left: they are worked off as those of an erased person, and emptied then.
   */
  async erase(tx: Tx, { customerId, emails, externalIds }: PersonalSubject): Promise<void> {
    await tx.execute(`update deliveries set body = '${REDACTED_BODY}' where customer_id = $1`, [customerId]);
    await tx.execute(`update shop_requests set export = null where customer_id = $1`, [customerId]);
    const names = patterns(emails, externalIds);
    if (names.length === 0) return;
    await tx.execute(
      `update deliveries set body = '${REDACTED_BODY}'
       where customer_id is null and status in ('failed', 'ignored') and body ~* any($1::text[])`,
      [names],
    );
    await tx.execute(`update import_errors set raw = '' where raw ~* any($1::text[])`, [names]);
  }

  merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    return handOverRows(tx, merges, this.tables);
  }
}

/** Regular expressions that find a name as a whole value, quoted or between separators. */
function patterns(emails: readonly string[], externalIds: readonly string[]): string[] {
  const ids = externalIds.filter((id) => !/^\d+$/.test(id) || id.length >= SHORTEST_NUMBER);
  return [...emails, ...ids].map((name) => `(^|[^[:alnum:]._+-])${escaped(name)}($|[^[:alnum:]._+-])`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
