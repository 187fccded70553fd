import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Fault, Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { type Tx } from '../platform/database/database';
import { type CodesWish } from './coupons.types';
import { insertCodes, knownCodes } from './data/coupons.sql';
import { generateCodes, MOST_CODES, readCodes, readPrefix } from './domain/coupon-codes';

/** Codes to be added, looked at as far as that goes without the database. */
export interface ReadCodes {
  given: readonly string[];
  generate: { prefix: string; count: number } | null;
}

/** Codes inserted by one statement. */
const PORTION = 10_000;

/** Puts codes into pools, those of the shop and ours. */
@Injectable()
export class CouponStock {
  /** @throws Refusal 422: a code or prefix that is none, two that are the same, too many at once. */
  read({ codes, generate }: CodesWish): ReadCodes {
    const { codes: given, faults } = readCodes(codes ?? []);
    const prefix = generate ? readPrefix(generate.prefix ?? '') : '';
    if (prefix === undefined)
      faults.push({ path: 'generate.prefix', message: 'must be up to 16 of A-Z, 0-9, - and _' });
    const count = generate?.count ?? 0;
    if (given.length + count > MOST_CODES)
      faults.push({
        path: given.length > count ? 'codes' : 'generate.count',
        message: `at most ${MOST_CODES} codes in one call`,
      });
    if (faults.length > 0) throw Refusal.invalid(faults);
    return { given, generate: count > 0 ? { prefix: prefix ?? '', count } : null };
  }

  /** Adds them; returns how many. @throws Refusal 422: a code that stands in this pool or another already. */
  async add(tx: Tx, poolId: string, { given, generate }: ReadCodes, at: Date): Promise<number> {
    const known = given.length === 0 ? [] : await tx.query<{ index: number; key: string }>(knownCodes(given));
    if (known.length > 0) throw Refusal.invalid(known.map(({ index, key }) => knownFault(index, key)));
    for (let from = 0; from < given.length; from += PORTION) {
      const portion = given.slice(from, from + PORTION);
      if ((await this.insert(tx, poolId, portion, at)) < portion.length)
        throw Refusal.conflict('Somebody else has added some of these codes at the same moment; none was added.');
    }
    for (let missing = generate?.count ?? 0; generate && missing > 0;) {
      const codes = generateCodes(generate.prefix, Math.min(missing, PORTION), randomBytes);
      missing -= await this.insert(tx, poolId, codes, at);
    }
    return given.length + (generate?.count ?? 0);
  }

  private insert(tx: Tx, poolId: string, codes: readonly string[], at: Date): Promise<number> {
    const ids = codes.map(() => newId(at));
    return tx.execute(insertCodes(poolId, ids, codes));
  }
}

function knownFault(index: number, pool: string): Fault {
  return { path: `codes[${index}]`, message: `stands in the pool ${pool} already` };
}
