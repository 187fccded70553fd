import { Injectable } from '@nestjs/common';
import { newId } from '../kernel/ids';
import { isZone } from '../kernel/local-time';
import { type RunningCampaign } from '../campaigns/campaign-programs';
import { stepName } from '../campaigns/campaign.types';
import { Mailability, type MailFacts } from '../customers/mailability';
import { AppConfig } from '../platform/config/config';
import { type Queryable, type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { SegmentConditions } from '../segments/segment-conditions';
import { buyersAmong } from './data/claim.sql';
import { type NewDraw, type PeriodRow } from './data/global-holdout.sql';
import {
  type AttributesRow,
  entryAttributes,
  entryHistories,
  type HistoryRow,
  insertEnrollments,
  insertRefusals,
  type NewEnrollment,
  type NewRefusal,
} from './data/entry.sql';
import { decideEntry, type EntryDecision, type EntryHistory } from './domain/decide-entry';
import { GlobalHoldouts } from './global-holdouts';

/** Somebody who might enter a campaign, and why. */
export interface Candidate {
  campaign: RunningCampaign;
  customerId: string;
  entryKey: string;
  eventId: string | null;
  orderId: string | null;
}

/** What was decided for a candidate. */
export interface EntryOutcome {
  candidate: Candidate;
  decision: EntryDecision;
}

/** What the decisions are taken from, loaded once for all candidates. */
interface Loaded {
  audiences: Map<string, Set<string>>;
  histories: Map<string, EntryHistory>;
  mails: Map<string, MailFacts>;
  buyers: Set<string>;
  globalHoldout: PeriodRow | null;
}

const DAY_MS = 86_400_000;
const NO_HISTORY: EntryHistory = { firstArm: null, lastEnteredAt: null, activeKeys: new Set() };

/** Lets people into campaigns, in sets: loads what `decideEntry` asks for, decides, writes enrollments and refusals. */
@Injectable()
export class CustomerEntries {
  constructor(
    private readonly config: AppConfig,
    private readonly conditions: SegmentConditions,
    private readonly mailability: Mailability,
    private readonly holdouts: GlobalHoldouts,
  ) {}

  /**
   * Decides for each candidate in turn and writes what came of it. The customers and the campaigns must be locked by the
   * caller, so that the same person does not enter twice.
   */
  async enter(tx: Tx, candidates: readonly Candidate[], now: Date): Promise<EntryOutcome[]> {
    if (candidates.length === 0) return [];
    const loaded = await this.load(tx, candidates, now);
    const outcomes = await this.outcomes(tx, candidates, loaded, now);
    await this.write(tx, outcomes, loaded.mails, now);
    if (loaded.globalHoldout) await this.holdouts.store(tx, loaded.globalHoldout, drawsOf(outcomes), now);
    return outcomes;
  }

  /** What would be decided now, for explain: as {@link enter}, and nothing is written. */
  async consider(db: Queryable, candidates: readonly Candidate[], now: Date): Promise<EntryOutcome[]> {
    if (candidates.length === 0) return [];
    return this.outcomes(db, candidates, await this.load(db, candidates, now), now);
  }

  private async outcomes(
    db: Queryable,
    candidates: readonly Candidate[],
    loaded: Loaded,
    now: Date,
  ): Promise<EntryOutcome[]> {
    const outcomes = candidates.map((candidate) => ({ candidate, decision: this.decide(candidate, loaded, now) }));
    await this.explainAudiences(db, outcomes, now);
    return outcomes;
  }

  /** Who is not in the audience is told the values that it looked at; they are read for those alone. */
  private async explainAudiences(db: Queryable, outcomes: readonly EntryOutcome[], now: Date): Promise<void> {
    const refused = outcomes.filter(({ decision }) => !decision.enrolled && decision.reason === 'not_in_audience');
    const byCampaign = new Map<string, EntryOutcome[]>();
    for (const outcome of refused) {
      const { campaignId } = outcome.candidate.campaign;
      byCampaign.set(campaignId, [...(byCampaign.get(campaignId) ?? []), outcome]);
    }
    for (const own of byCampaign.values()) {
      const audience = own[0]?.candidate.campaign.definition.audience;
      if (!audience) continue;
      const ids = [...new Set(own.map(({ candidate }) => candidate.customerId))];
      const decided = await this.conditions.decide(db, audience, ids, now);
      for (const { candidate, decision } of own) {
        if (!decision.enrolled) decision.values = decided.get(candidate.customerId)?.values ?? {};
      }
    }
  }

  private decide(candidate: Candidate, loaded: Loaded, now: Date): EntryDecision {
    const { campaign, customerId, entryKey } = candidate;
    if (campaign.status === 'paused') return { enrolled: false, reason: 'campaign_paused', values: {} };
    const mail = loaded.mails.get(customerId);
    if (!mail) return { enrolled: false, reason: 'erased', values: {} };
    const pair = pairKey(campaign.campaignId, customerId);
    const history = loaded.histories.get(pair) ?? NO_HISTORY;
    const { basis, topic, entry, holdout } = campaign.definition;
    const decision = decideEntry(
      { basis, topic, entry, holdout, salt: campaign.salt },
      {
        inAudience: loaded.audiences.get(campaign.campaignId)?.has(customerId) ?? true,
        history,
        mail: { ...mail, hasBought: loaded.buyers.has(customerId) },
        zone: mail.timezone !== null && isZone(mail.timezone) ? mail.timezone : this.config.store.timezone,
        globalHoldout: loaded.globalHoldout,
      },
      customerId,
      entryKey,
      now,
    );
    // The next candidate of the same person meets what this one has done.
    if (decision.enrolled) {
      const activeKeys = new Set([...history.activeKeys, entryKey]);
      loaded.histories.set(pair, { firstArm: history.firstArm ?? decision.arm, lastEnteredAt: now, activeKeys });
    }
    return decision;
  }

  private async load(db: Queryable, candidates: readonly Candidate[], now: Date): Promise<Loaded> {
    const customerIds = [...new Set(candidates.map((candidate) => candidate.customerId))];
    const campaigns = new Map(candidates.map(({ campaign }) => [campaign.campaignId, campaign]));
    const audiences = new Map<string, Set<string>>();
    for (const [id, { definition }] of campaigns) {
      if (!definition.audience) continue;
      const ids = new Set(candidates.filter((one) => one.campaign.campaignId === id).map((one) => one.customerId));
      audiences.set(id, await this.conditions.evaluate(db, definition.audience, [...ids], now));
    }
    const histories = await db.query<HistoryRow>(entryHistories([...campaigns.keys()], customerIds));
    const buyers = await db.query<{ customer_id: string }>(buyersAmong(customerIds));
    return {
      audiences,
      histories: new Map(
        histories.map((row) => [
          pairKey(row.campaign_id, row.customer_id),
          { firstArm: row.first_arm, lastEnteredAt: row.last_entered_at, activeKeys: new Set(row.active_keys) },
        ]),
      ),
      mails: await this.mailability.load(db, customerIds),
      buyers: new Set(buyers.map((row) => row.customer_id)),
      globalHoldout: await this.holdouts.current(db),
    };
  }

  private async write(
    tx: Tx,
    outcomes: readonly EntryOutcome[],
    mails: ReadonlyMap<string, MailFacts>,
    now: Date,
  ): Promise<void> {
    const entering = [
      ...new Set(outcomes.filter((one) => one.decision.enrolled).map((one) => one.candidate.customerId)),
    ];
    const rows = entering.length > 0 ? await tx.query<AttributesRow>(entryAttributes(entering)) : [];
    const attributes = new Map(rows.map((row) => [row.id, attributesOf(row, mails.get(row.id), now)]));
    const enrollments: NewEnrollment[] = [];
    const refusals: NewRefusal[] = [];
    for (const { candidate, decision } of outcomes) {
      const { campaign, customerId, entryKey, eventId, orderId } = candidate;
      const base = { id: newId(now), customerId, campaignId: campaign.campaignId };
      if (!decision.enrolled) {
        refusals.push({ ...base, reason: decision.reason, detail: decision.values, eventId });
        continue;
      }
      const [first] = campaign.program.instructions;
      if (!first) throw new Error(`campaign ${campaign.key} has no steps`);
      enrollments.push({
        ...base,
        version: campaign.version,
        epoch: campaign.epoch,
        arm: decision.arm,
        armReason: decision.armReason,
        entryKey,
        step: stepName(first),
        triggerEventId: eventId,
        triggerOrderId: orderId,
        attributes: attributes.get(customerId) ?? {},
      });
    }
    if (refusals.length > 0) await tx.execute(insertRefusals(refusals, now));
    if (enrollments.length === 0) return;
    await tx.execute(insertEnrollments(enrollments, now));
    await notifyDue(tx);
  }
}

/**
 * In which arm of the global holdout people are who were asked about: who enters, and who would but for it. A person
 * may come twice; the first counts.
 */
function drawsOf(outcomes: readonly EntryOutcome[]): NewDraw[] {
  const draws = new Map<string, NewDraw>();
  for (const { candidate, decision } of outcomes) {
    const { campaign, customerId, orderId } = candidate;
    if (campaign.definition.basis === 'transactional' || draws.has(customerId)) continue;
    if (decision.enrolled) draws.set(customerId, { customerId, arm: 'treatment', orderId });
    else if (decision.reason === 'global_holdout') draws.set(customerId, { customerId, arm: 'holdout', orderId });
  }
  return [...draws.values()];
}

function pairKey(campaignId: string, customerId: string): string {
  return `${campaignId}:${customerId}`;
}

/** Kept at entry for subgroups: stage, locale, tenure in whole days, the first product ever bought. */
function attributesOf(row: AttributesRow, mail: MailFacts | undefined, now: Date): Record<string, unknown> {
  return {
    stage: row.stage,
    locale: mail?.locale ?? null,
    tenureDays: Math.max(0, Math.floor((now.getTime() - row.since.getTime()) / DAY_MS)),
    firstProduct: row.first_product,
  };
}
