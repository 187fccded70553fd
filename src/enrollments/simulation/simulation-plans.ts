import { Injectable } from '@nestjs/common';
import { type CampaignDefinition, type Program } from '../../campaigns/campaign.types';
import { Coupons } from '../../incentives/coupons';
import { type Fault, Refusal } from '../../kernel/errors';
import { isUuid } from '../../kernel/ids';
import { isDate, startOfDay } from '../../kernel/local-time';
import { AppConfig } from '../../platform/config/config';
import { Database, type Queryable } from '../../platform/database/database';
import { ContactPolicies } from '../contact-policies';
import { GlobalHoldouts } from '../global-holdouts';
import { asksEngagement, ConditionList, type SimulatedCampaign } from '../domain/simulation/simulated-campaign';
import { SILENT_WHEN } from '../domain/sunset';
import { type SimulationJob } from './simulator';

/** What is asked of a simulation, as it came. */
export interface SimulationRequest {
  from: string;
  to: string;
  /** Another version of the campaign (its number) or another campaign (key or id). */
  against?: string | number;
  /** The version that is simulated; default the live one, of a draft its present definition. */
  version?: number;
}

/** A simulation that can run, and of which campaign it is. */
export interface SimulationPlan {
  campaignId: string;
  job: SimulationJob;
}

interface VersionRow {
  campaignId: string;
  key: string;
  salt: string;
  version: number;
  definition: CampaignDefinition;
  program: Program;
}

const LONGEST_DAYS = 731;
const DAY_MS = 86_400_000;
const SAMPLE_SIZE = 12;
const VERSION = `select c.id as "campaignId", c.key, c.salt, v.version, v.definition, v.program
  from campaigns c join campaign_versions v on v.campaign_id = c.id`;

/** Turns a request into a simulation that can run: finds the versions, the campaigns beside them, the policy. */
@Injectable()
export class SimulationPlans {
  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly policies: ContactPolicies,
    private readonly coupons: Coupons,
    private readonly holdouts: GlobalHoldouts,
  ) {}

  /** @throws Refusal 404, 422 with every fault and its path. */
  async plan(ref: string, request: SimulationRequest): Promise<SimulationPlan> {
    const db = this.database;
    const period = this.period(request);
    const subject = await this.subject(db, ref, request, period.faults);
    const against =
      request.against === undefined ? null : await this.rival(db, subject, request.against, period.faults);
    if (period.faults.length > 0) throw Refusal.invalid(period.faults);
    const compared = [subject, ...(against ? [against] : [])];
    const others = await db.query<VersionRow>(
      `${VERSION} and v.version = c.live_version where c.status = 'active' and c.id <> all($1::uuid[]) order by c.id`,
      [compared.map(({ campaignId }) => campaignId)],
    );
    const policy = await this.policies.load(db);
    const list = new ConditionList();
    const beside = others.map((row) => list.campaign(row));
    const scenario = (row: VersionRow): { campaigns: SimulatedCampaign[] } => ({
      campaigns: [list.campaign(row), ...beside],
    });
    const job: SimulationJob = {
      from: period.from,
      to: period.to,
      scenario: scenario(subject),
      against: against && scenario(against),
      conditions: list.conditions,
      onHold: list.add(policy.holdMarketingWhen),
      silence: list.add(policy.sunset && SILENT_WHEN),
      engagement: [],
      emptyPools: await this.emptyPools(db, [...compared, ...others]),
      policy,
      globalHoldout: await this.holdouts.current(db),
      keys: Object.fromEntries([...compared, ...others].map(({ campaignId, key }) => [campaignId, key])),
      sampleSize: SAMPLE_SIZE,
    };
    return { campaignId: subject.campaignId, job: { ...job, engagement: await this.engagement(db, list) } };
  }

  private period({ from, to }: SimulationRequest): { from: Date; to: Date; faults: Fault[] } {
    const faults: Fault[] = [];
    const read = (path: string, text: string): Date => {
      const at = this.instant(text);
      if (!at) faults.push({ path, message: 'must be an instant such as 2026-03-01T08:00:00Z, or a day' });
      return at ?? new Date(NaN);
    };
    const period = { from: read('from', from), to: read('to', to), faults };
    if (faults.length > 0) return period;
    const length = period.to.getTime() - period.from.getTime();
    if (length <= 0) faults.push({ path: 'to', message: 'must be later than from' });
    if (length > LONGEST_DAYS * DAY_MS)
      faults.push({ path: 'to', message: 'must be at most two years later than from' });
    return period;
  }

  private instant(text: string): Date | undefined {
    if (isDate(text)) return startOfDay(text, this.config.store.timezone);
    if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
    const at = new Date(text);
    return Number.isNaN(at.getTime()) ? undefined : at;
  }

  private async subject(
    db: Queryable,
    ref: string,
    { version }: SimulationRequest,
    faults: Fault[],
  ): Promise<VersionRow> {
    const present = await this.present(db, ref);
    if (!present) throw Refusal.notFound(`The campaign ${ref}`);
    if (version === undefined) return present;
    const [row] = await this.version(db, present.campaignId, version);
    if (!row) faults.push({ path: 'version', message: `the campaign ${present.key} has no version ${version}` });
    return row ?? present;
  }

  /** What it is held against; null after telling the fault. */
  private async rival(
    db: Queryable,
    subject: VersionRow,
    against: string | number,
    faults: Fault[],
  ): Promise<VersionRow | null> {
    const number = typeof against === 'number' ? against : /^\d{1,9}$/.test(against) ? Number(against) : undefined;
    if (number !== undefined) {
      const [row] = await this.version(db, subject.campaignId, number);
      if (!row) faults.push({ path: 'against', message: `the campaign ${subject.key} has no version ${number}` });
      return row ?? null;
    }
    const row = await this.present(db, String(against));
    if (!row) faults.push({ path: 'against', message: `the campaign ${against} does not exist` });
    return row ?? null;
  }

  /** The live version; of a draft the one that is worked on. */
  private async present(db: Queryable, ref: string): Promise<VersionRow | undefined> {
    const [row] = await db.query<VersionRow>(
      `${VERSION} and v.version = coalesce(c.live_version, c.version) where ${isUuid(ref) ? 'c.id' : 'c.key'} = $1`,
      [ref],
    );
    return row;
  }

  private version(db: Queryable, campaignId: string, version: number): Promise<VersionRow[]> {
    if (!Number.isInteger(version) || version < 1 || version > 2_147_483_647) return Promise.resolve([]);
    return db.query<VersionRow>(`${VERSION} and v.version = $2 where c.id = $1`, [campaignId, version]);
  }

  private async emptyPools(db: Queryable, campaigns: readonly VersionRow[]): Promise<string[]> {
    const ids = campaigns.flatMap(({ program }) =>
      program.instructions.flatMap((one) => (one.op === 'email' ? (one.couponPoolId ?? []) : [])),
    );
    const pools = await this.coupons.pools(db, [...new Set(ids)]);
    return [...pools.values()]
      .filter(({ left, whenExhausted }) => !left && whenExhausted === 'skip')
      .map(({ id }) => id);
  }

  private async engagement(db: Queryable, list: ConditionList): Promise<number[]> {
    const rows = await db.query<{ id: string; key: string; condition: unknown }>(
      'select id, key, condition from segments',
    );
    const segments = new Map(rows.flatMap(({ id, key, condition }) => [[id, condition] as const, [key, condition]]));
    return list.conditions.flatMap((condition, i) =>
      asksEngagement(condition, (ref) => segments.get(ref)) ? [i] : [],
    );
  }
}
