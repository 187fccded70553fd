import { creditOrder, type CreditModel } from '../../../src/attribution/credit-models';
import { besideCredit, type IncrementalRevenue } from '../../../src/reports/domain/attribution-beside';
import { type Figures } from './figure';

interface CreditExample {
  model: CreditModel;
  windowDays: number;
  order: { placedAt: string; revenue: number };
  touches: Array<{ messageId: string; clickedAt: string | null; touchedAt: string }>;
}

export const ATTRIBUTION_FIGURES = {
  beside: ({ attributed, effect }: { attributed: number; effect: IncrementalRevenue }) =>
    besideCredit(attributed, effect, (amount) => amount.toFixed(2)),
  credit: ({ model, windowDays, order, touches }: CreditExample) =>
    Object.fromEntries(
      creditOrder(
        { ...order, placedAt: new Date(order.placedAt) },
        touches.map(({ messageId, clickedAt, touchedAt }) => ({
          messageId,
          clickedAt: clickedAt === null ? null : new Date(clickedAt),
          touchedAt: new Date(touchedAt),
        })),
        model,
        windowDays * 86_400_000,
      ),
    ),
} satisfies Figures;
