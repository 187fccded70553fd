import { creditOrder, type CreditModel } from '../../../src/attribution/credit-models';
import { attributionFigures } from '../../../src/reports/domain/attribution-figures';
import { besideCredit, type IncrementalRevenue } from '../../../src/reports/domain/attribution-beside';
import { type Figures } from './figure';

interface CreditExample {
  model: CreditModel;
  windowDays: number;
  order: { placedAt: string; revenue: number };
  touches: Array<{ messageId: string; clickedAt: string | null; touchedAt: string }>;
}

/** Touches are clicks, of messages numbered as they come. */
interface CampaignCreditExample {
  windowDays: number;
  orders: Array<{
    placedAt: string;
    revenue: number | null;
    clicks: Array<{ step: string; own: boolean; at: string }>;
  }>;
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
  campaignCredit: ({ windowDays, orders }: CampaignCreditExample) => {
    const asked = orders.map(({ placedAt, revenue, clicks }) => ({
      ...{ placedAt: new Date(placedAt), revenue },
      touches: clicks.map(({ step, own, at }, i) => {
        const clickedAt = new Date(at);
        return { messageId: `m${i}`, step, own, clickedAt, touchedAt: clickedAt };
      }),
    }));
    const { byStep, ...figures } = attributionFigures(asked, windowDays * 86_400_000);
    return { ...figures, byStep: Object.fromEntries(byStep) };
  },
} satisfies Figures;
