import { Injectable } from '@nestjs/common';
import { CREDIT_MODELS, type CreditModel } from '../attribution/credit-models';
import { fromMinor, minorDigits } from '../kernel/money';
import { AppConfig } from '../platform/config/config';
import { CampaignQuestions, type CampaignQuestion } from './campaign-question';
import { touchedOrders, type TouchedOrderRow } from './data/attribution.sql';
import { ReportsDatabase } from './data/reports-database';
import { type Beside, besideCredit, besideUndefinedBecause } from './domain/attribution-beside';
import { attributionFigures, type Sum, type TouchedOrder } from './domain/attribution-figures';
import { LONGEST_TOUCH_WINDOW_DAYS } from './domain/report-window';
import { LiftReports } from './lift-report.service';
import type { AttributionReport, Takings } from './reports.types';

const DEFAULT_WINDOW = 'P7D';
const NOTHING: Sum = { orders: 0, revenue: 0 };

/** Which part of the revenue the messages of a campaign are credited with, by five models. */
@Injectable()
export class AttributionReports {
  private readonly minorUnits: number;

  constructor(
    private readonly questions: CampaignQuestions,
    private readonly database: ReportsDatabase,
    private readonly lifts: LiftReports,
    private readonly config: AppConfig,
  ) {
    this.minorUnits = 10 ** minorDigits(config.store.currency);
  }

  /**
   * Computed from the touches themselves for any window up to 90 days; within P7D it agrees with the ledger of credits. Credit is not effect: what the campaign changed by
   * its lift stands beside it.
   *
   * @throws Refusal 404 for an unknown campaign, 422 for a bad window or instant.
   */
  async attribution(question: CampaignQuestion): Promise<AttributionReport> {
    const asOf = this.questions.asOf(question);
    const window = this.questions.window(question, DEFAULT_WINDOW, LONGEST_TOUCH_WINDOW_DAYS);
    const campaign = await this.questions.campaign(question);
    const rows = await this.database.query<TouchedOrderRow>(touchedOrders(campaign.id, window.ms, asOf));
    const figures = attributionFigures(ordersOf(rows), window.ms);
    const { beside, undefinedBecause } = await this.beside(
      question,
      asOf,
      figures.models.last_click.revenue / this.minorUnits,
    );
    const steps = campaign.program.instructions.flatMap((step) => (step.op === 'email' ? [step.key] : []));
    return {
      campaign: campaign.key,
      window: window.text,
      ...(await this.questions.head(asOf, { otherCurrency: figures.otherCurrency })),
      models: byModel((model) => ({
        ...this.takings(figures.models[model]),
        uncredited: this.takings(figures.uncredited[model]),
      })),
      uncredited: this.takings(figures.uncredited.last_click),
      beside,
      byStep: [...new Set([...steps, ...figures.byStep.keys()])].map((step) => {
        const sums = figures.byStep.get(step);
        return { step, ...byModel((model) => this.takings(sums?.[model] ?? NOTHING)) };
      }),
      undefinedBecause,
    };
  }

  /** Beside the lift of the latest epoch, in the window that was fixed for the campaign. */
  private async beside(
    { ref }: CampaignQuestion,
    asOf: Date,
    attributed: number,
  ): Promise<{ beside: Beside; undefinedBecause: Record<string, string> }> {
    const lift = await this.lifts.lift({ ref, asOf, include: new Set() });
    const { revenueLift, arms, window, epoch } = lift;
    const { incremental, incrementalCi: ci, verdict, reasons } = revenueLift;
    const { currency } = this.config.store;
    const money = (amount: number): string =>
      `${currency} ${fromMinor(Math.round(amount * this.minorUnits), currency)}`;
    const effect = { incremental, ci, verdict, reasons, customers: arms.treatment.customers, window, epoch };
    const beside = besideCredit(attributed, effect, money);
    return { beside, undefinedBecause: besideUndefinedBecause(beside, lift.undefinedBecause) };
  }

  private takings(sum: Sum): Takings {
    return { orders: sum.orders, revenue: sum.revenue / this.minorUnits };
  }
}

function byModel<T>(of: (model: CreditModel) => T): Record<CreditModel, T> {
  return Object.fromEntries(CREDIT_MODELS.map((model) => [model, of(model)])) as Record<CreditModel, T>;
}

/** Rows, ordered by order, as orders with their touches. */
function ordersOf(rows: readonly TouchedOrderRow[]): TouchedOrder[] {
  const orders: TouchedOrder[] = [];
  let last: string | undefined;
  for (const row of rows) {
    if (row.orderId !== last) orders.push({ placedAt: row.placedAt, revenue: row.revenue, touches: [] });
    last = row.orderId;
    const { messageId, step, touchedAt, clickedAt, own } = row;
    if (messageId === null || step === null || touchedAt === null) continue;
    orders.at(-1)?.touches.push({ messageId, step, touchedAt, clickedAt, own: own === true });
  }
  return orders;
}
