import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Queryable, type Tx } from '../platform/database/database';

/** Whose data: the record and everything by which raw deliveries and logs may name the person. */
export interface PersonalSubject {
  customerId: string;
  /** Every address the record ever had, normalised. */
  emails: readonly string[];
  /** Every id the shop ever used for the person. */
  externalIds: readonly string[];
}

/** Two records of one person become one: what belongs to `from` belongs to `into` from now on. */
export interface CustomerMerge {
  from: string;
  into: string;
}

/**
 * Hands the rows of tables over to the records that stay, by the column that names the customer: a statement a table. No
 * merge leads to a record that goes itself.
 */
export async function handOverRows(
  tx: Tx,
  merges: readonly CustomerMerge[],
  tables: readonly string[],
  column = 'customer_id',
): Promise<void> {
  const values = [merges.map(({ from }) => from), merges.map(({ into }) => into)];
  for (const table of tables) {
    await tx.execute(
      `update ${table} t set ${column} = r.into_id
       from unnest($1::uuid[], $2::uuid[]) as r (from_id, into_id) where t.${column} = r.from_id`,
      values,
    );
  }
}

/**
 * Port: a module that keeps tables with personal data owns what happens to them. Extend
 * {@link PersonalDataOwner}, which registers itself. A test fails when a table with a customer id has no owner.
 */
export interface PersonalData {
  /** The part of the export that this is: `orders`, `messages`. Unique. */
  readonly name: string;
  /** The tables this owner answers for; each with a `customer_id` must be in some owner's list. */
  readonly tables: readonly string[];
  /** All that is stored about the person, readable, for the export. */
  export(db: Queryable, subject: PersonalSubject): Promise<unknown>;
  /**
   * Removes what identifies the person and keeps what figures are made of (ids, times, amounts, arms). Runs in the
   * erasing transaction, downstream modules first.
   */
  erase(tx: Tx, subject: PersonalSubject, at: Date): Promise<void>;
  /** Hands all rows of `from` over to `into`, for all merges in few statements. `from` is deleted afterwards. */
  merge(tx: Tx, merges: readonly CustomerMerge[], at: Date): Promise<void>;
}

/** All owners of personal data, in the order of the chain (modules are initialised upstream first). */
@Injectable()
export class PersonalDataOwners {
  private readonly owners: PersonalData[] = [];

  register(owner: PersonalData): void {
    if (this.owners.some((other) => other.name === owner.name)) {
      throw new Error(`the owner of personal data ${owner.name} is registered twice`);
    }
    this.owners.push(owner);
  }

  all(): readonly PersonalData[] {
    return this.owners;
  }
}

/** What every owner of personal data is: it registers itself. */
@Injectable()
export abstract class PersonalDataOwner implements PersonalData, OnModuleInit {
  abstract readonly name: string;
  abstract readonly tables: readonly string[];

  constructor(private readonly owners: PersonalDataOwners) {}

  onModuleInit(): void {
    this.owners.register(this);
  }

  abstract export(db: Queryable, subject: PersonalSubject): Promise<unknown>;
  abstract erase(tx: Tx, subject: PersonalSubject, at: Date): Promise<void>;
  abstract merge(tx: Tx, merges: readonly CustomerMerge[], at: Date): Promise<void>;
}
