import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { type RecommendationRequest, type RecommendedProduct } from './catalog.types';
import { bestsellers, boughtTogether, type RecommendationRow, type Wanted } from './data/recommendations.sql';

/** What to put before whom. */
@Injectable()
export class Recommendations {
  /**
   * Products for a set of mails, in two statements at most. An empty list means that neither the strategy nor its
   * fallback found anything (`no_recommendation`). Reads what `jobs/affinity-refresh.ts` keeps.
   *
   * @returns one list per request, at its index, best first
   */
  async forCustomers(db: Queryable, requests: readonly RecommendationRequest[]): Promise<RecommendedProduct[][]> {
    const found = requests.map((): RecommendedProduct[] => []);
    const fill = async (indexes: readonly number[], statement: typeof boughtTogether): Promise<void> => {
      const wanted = indexes.flatMap((request) => wantedOf(requests[request], request));
      if (wanted.length === 0) return;
      for (const { request, ...product } of await db.query<RecommendationRow>(statement(wanted))) {
        found[request]?.push(product);
      }
    };
    const all = requests.map((_, index) => index);
    await fill(
      all.filter((i) => requests[i]?.strategy === 'bought_together'),
      boughtTogether,
    );
    const left = (i: number): boolean => {
      const request = requests[i];
      if (!request || (found[i]?.length ?? 0) > 0) return false;
      return request.strategy === 'bestsellers' || request.fallback === 'bestsellers';
    };
    await fill(all.filter(left), bestsellers);
    return found;
  }
}

function wantedOf(request: RecommendationRequest | undefined, index: number): Wanted[] {
  if (!request) return [];
  return [{ request: index, customerId: request.customerId, orderId: request.orderId, limit: request.limit }];
}
