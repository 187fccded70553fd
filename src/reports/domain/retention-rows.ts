/**
 * What the statements on calendar periods answer with: rows by group (`grp`, null where nothing was broken down) and `period`,
 * the place in the list of periods from 1; 0 is the time before all of them.
 */

/** Who was active in a period, what they spent, and what those spent who had been active in the one before. */
export interface ActivityRow {
  grp: string | null;
  period: number;
  active: number;
  orders: number;
  revenue: number;
  otherCurrency: number;
  /** Active in this period and the one before. */
  both: number;
  revenueOfBoth: number;
  /** Per person active in both the smaller of the two, summed. */
  revenueKept: number;
  /** What the fifth of the active who spent most (rounded up) spent. */
  topRevenue: number;
}

/**
 * People by when they came and came again. Each row belongs to one of three tables, by `kind`:
 * `orders`: by period of the first and of the second counting order (`second` null without one);
 * `soon`: by the first of the periods whose end lies 90 days or more after the first order (`first`), and whether they
 * came again on a later day within 90 (`returned`); `wait`: by days until they came again (`returned`), or until the end.
 */
export interface ReturnRow {
  grp: string | null;
  kind: 'orders' | 'soon' | 'wait';
  first: number | null;
  second: number | null;
  days: number | null;
  returned: boolean | null;
  customers: number;
}

/** Those lapsed when a period began, and who of them ordered in it. */
export interface LapsedRow {
  grp: string | null;
  period: number;
  lapsed: number;
  wonBack: number;
}

/** People who in the period ordered, not for the first time, something that they had never bought. */
export interface UpsellRow {
  grp: string | null;
  period: number;
  upsold: number;
}

/** Mailable people who came into being in a period, and mailable people who did something in it. */
export interface EngagementRow {
  grp: string | null;
  period: number;
  mailable: number;
  engaged: number;
}

/** The answers to the question whether one would recommend the shop, the last of each person in a period. */
export interface PromoterRow {
  grp: string | null;
  period: number;
  responses: number;
  promoters: number;
  detractors: number;
}

/** Recent and repeat people when a period began, when it ended, and at both. */
export interface StageBasisRow {
  grp: string | null;
  period: number;
  before: number;
  active: number;
  both: number;
}
