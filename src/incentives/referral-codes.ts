import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { isUuid } from '../kernel/ids';
import { Database, type Queryable } from '../platform/database/database';
import { presentCustomer, referralSummary } from './data/points.sql';
import { codesOf, insertCodes } from './data/referrals.sql';
import { CODE_OCTETS, referralCode } from './domain/referral-code';
import { ruleBook } from './loyalty-accounts';
import { type ReferralView } from './loyalty.types';

/** A code and the address at which it is redeemed. */
export interface ReferralLink {
  code: string;
  url: string;
}

/** Two codes of 50 random bits are hardly ever the same; the second try is for that. */
const TRIES = 3;

/** Each customer's own code, made when it is first asked for. */
@Injectable()
export class ReferralCodes {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * The codes of a set of customers, those made that are missing: for mails. Nobody has one while the shop has no
   * referrals, and who was erased never.
   */
  async load(db: Queryable, customerIds: readonly string[]): Promise<Map<string, ReferralLink>> {
    const { referral } = (await ruleBook(db)).current;
    if (!referral || customerIds.length === 0) return new Map();
    const codes = new Map<string, string>();
    let missing = [...new Set(customerIds)];
    for (let tries = 0; tries < TRIES && missing.length > 0; tries++) {
      if (tries > 0) await db.execute(insertCodes(missing, missing.map(freshCode), this.clock.now()));
      const rows = await db.query<{ customerId: string; code: string }>(codesOf(missing));
      for (const { customerId, code } of rows) codes.set(customerId, code);
      missing = missing.filter((id) => !codes.has(id));
    }
    return new Map([...codes].map(([id, code]) => [id, { code, url: referral.url.replaceAll('{code}', code) }]));
  }

  /** One customer's, with what it has brought. @throws Refusal: 404; 409 while the shop has no referrals */
  async view(id: string): Promise<ReferralView> {
    const [customer] = isUuid(id) ? await this.database.query<{ id: string }>(presentCustomer(id)) : [];
    if (!customer) throw Refusal.notFound('The customer');
    const link = (await this.load(this.database, [customer.id])).get(customer.id);
    if (!link) throw Refusal.conflict('There are no referrals: settings/loyalty has none.');
    const [summary] = await this.database.query<Pick<ReferralView, 'referred' | 'earned'>>(
      referralSummary(customer.id),
    );
    return { ...link, referred: summary?.referred ?? 0, earned: summary?.earned ?? 0 };
  }
}

function freshCode(): string {
  return referralCode(randomBytes(CODE_OCTETS));
}
