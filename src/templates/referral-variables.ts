import { Injectable } from '@nestjs/common';
import { ReferralCodes, type ReferralLink } from '../incentives/referral-codes';
import { type Queryable } from '../platform/database/database';
import { TemplatesRepository } from './data/templates.repository';
import { type VariablesRequest } from './templates.types';

/** Versions remembered. A version never changes, so nothing here goes stale. */
const KEPT = 1000;
const VARIABLE = 'customer.referral';

/**
 * The referral codes that mails name. A code is made when it is first needed, so only for mails whose template names it:
 * else every mail would make one.
 */
@Injectable()
export class ReferralVariables {
  private readonly naming = new Map<string, boolean>();

  constructor(
    private readonly codes: ReferralCodes,
    private readonly repository: TemplatesRepository,
  ) {}

  /** By customer. Without a mail that names it: no statement for versions that are known, else one. */
  async load(db: Queryable, requests: readonly VariablesRequest[]): Promise<Map<string, ReferralLink>> {
    const asked = requests.flatMap(({ template }) => template ?? []);
    await this.learn(db, asked);
    const customers = requests.flatMap(({ template, customerId }) =>
      template && customerId !== null && this.naming.get(keyOf(template)) ? [customerId] : [],
    );
    return customers.length === 0 ? new Map() : this.codes.load(db, customers);
  }

  private async learn(db: Queryable, asked: ReadonlyArray<{ id: string; version: number }>): Promise<void> {
    const missing = new Map(asked.filter((one) => !this.naming.has(keyOf(one))).map((one) => [keyOf(one), one]));
    if (missing.size === 0) return;
    if (this.naming.size + missing.size > KEPT) this.naming.clear();
    const rows = await this.repository.variablesOf(db, [...missing.values()]);
    for (const { variables, ...version } of rows) {
      this.naming.set(
        keyOf(version),
        variables.some((name) => name === VARIABLE || name.startsWith(`${VARIABLE}.`)),
      );
    }
  }
}

function keyOf({ id, version }: { id: string; version: number }): string {
  return `${id} ${version}`;
}
