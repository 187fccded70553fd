import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { type RecommendationRequest, type RecommendedProduct } from './catalog.types';
import * as sql from './data/recommendations.sql';
import { type Candidate, inOrderOfRank, TogetherRanking } from './domain/rank-together';

/** Candidates looked at beyond the wanted ones, for those that turn out to be inactive or not in the catalogue. */
const SPARE = 50;
/** How far down the list of bestsellers is looked for one that the customer has not bought. */
const BESTSELLERS = 500;

/** A request while it is answered. */
interface Asked {
  request: RecommendationRequest;
  lines: ReadonlySet<string>;
  bought: ReadonlySet<string>;
  found: RecommendedProduct[];
}

/** What to put before whom. */
@Injectable()
export class Recommendations {
  /**
   * Products for a set of mails, in four statements at most. `bought_together` ranks products by baskets shared with the
   * lines of the order (summed over them), then by lift, then by id, from three shared baskets on; `bestsellers` by
   * baskets. Only active products of the catalogue (others have no address to link to), none that the customer ever
   * bought. An empty list means that neither the strategy nor its fallback found anything (`no_recommendation`).
   *
   * Reads what `jobs/affinity-refresh.ts` keeps.
   *
   * @returns one list per request, at its index, best first
   */
  async forCustomers(db: Queryable, requests: readonly RecommendationRequest[]): Promise<RecommendedProduct[][]> {
    if (requests.length === 0) return [];
    const basis = await db.query<sql.BasisRow>(sql.basisOf(requests));
    const byRequest = new Map(basis.map((row) => [row.request, row]));
    const asked = requests.map((request, index): Asked => {
      const lines = new Set(byRequest.get(index)?.lines ?? []);
      return { request, lines, bought: new Set([...(byRequest.get(index)?.bought ?? []), ...lines]), found: [] };
    });
    await this.boughtTogether(
      db,
      asked.filter(({ request }) => request.strategy === 'bought_together'),
    );
    await this.bestsellers(
      db,
      asked.filter(({ request, found }) => {
        return found.length === 0 && (request.strategy === 'bestsellers' || request.fallback === 'bestsellers');
      }),
    );
    return asked.map(({ found }) => found);
  }

  private async boughtTogether(db: Queryable, asked: readonly Asked[]): Promise<void> {
    const lines = [...new Set(asked.flatMap((one) => [...one.lines]))];
    if (lines.length === 0) return;
    const partners = new Map(
      (await db.query<sql.PartnersRow>(sql.partnersOf(lines))).map((row) => [row.externalId, row]),
    );
    const ranking = new TogetherRanking();
    const ranked = asked.map((one) => {
      const own = [...one.lines].flatMap((externalId) => partners.get(externalId) ?? []);
      const without = new Set(own.map(({ number }) => number));
      // What was bought before has no number here; it is passed over below, so that many more are looked at.
      return { one, candidates: ranking.candidates(own, without, one.request.limit + one.bought.size + SPARE) };
    });
    const numbers = [...new Set(ranked.flatMap(({ candidates }) => candidates.map(({ number }) => number)))];
    if (numbers.length === 0) return;
    const products = new Map(
      (await db.query<sql.ProductRow>(sql.productsByNumber(numbers))).map((row) => [row.number, row]),
    );
    const baskets = new Map([...products].map(([number, product]) => [number, product.baskets]));
    for (const { one, candidates } of ranked) one.found = pick(one, inOrderOfRank(candidates, baskets), products);
  }

  private async bestsellers(db: Queryable, asked: readonly Asked[]): Promise<void> {
    if (asked.length === 0) return;
    const best = await db.query<sql.ProductRow>(sql.bestsellers(BESTSELLERS));
    for (const one of asked) {
      one.found = best
        .filter(({ externalId }) => !one.bought.has(externalId))
        .slice(0, one.request.limit)
        .map(shown);
    }
  }
}

function pick(
  one: Asked,
  ranked: readonly Candidate[],
  products: ReadonlyMap<number, sql.ProductRow>,
): RecommendedProduct[] {
  const found: RecommendedProduct[] = [];
  for (const { number } of ranked) {
    if (found.length >= one.request.limit) break;
    const product = products.get(number);
    if (product?.active && !one.bought.has(product.externalId)) found.push(shown(product));
  }
  return found;
}

function shown({ externalId, name, category, price, url, imageUrl }: sql.ProductRow): RecommendedProduct {
  return { externalId, name, category, price, url, imageUrl };
}
