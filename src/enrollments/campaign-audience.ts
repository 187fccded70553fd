import { Injectable } from '@nestjs/common';
import { type CampaignDefinition, type Trigger } from '../campaigns/campaign.types';
import { Campaigns } from '../campaigns/campaigns.service';
import { type Frequency } from '../customers/wishes';
import { Clock } from '../kernel/clock';
import { type Duration, parseDuration } from '../kernel/duration';
import { isZone } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable } from '../platform/database/database';
import { SegmentConditions, type SqlFragment } from '../segments/segment-conditions';
import { ContactPolicies } from './contact-policies';
import {
  type AudienceQuestion,
  type AudienceRow,
  countAudience,
  frequenciesInUse,
  type ZoneSpan,
  zonesInUse,
} from './data/audience.sql';
import { countingSpans } from './domain/cap-window';
import { ownCapOf } from './domain/own-cap';
import { GlobalHoldouts } from './global-holdouts';
import { holdOn } from './domain/sunset';

/**
 * `GET /campaigns/:ref/audience`: whom the campaign would mail if it began for everybody now. Each of the first four
 * counts those of the one before who pass one more sieve.
 */
export interface AudienceCount {
  /** In the trigger's segment and in the audience; the entry rule is not asked. */
  matched: number;
  /** Who may be written to on the campaign's basis. */
  consented: number;
  /** Who have an address that is not suppressed. */
  mailable: number;
  /** Whom the cap leaves room for a mail now; transactional mail has no cap. */
  notCapped: number;
  /** Of these: in the control group, in the global holdout, or held back by `holdMarketingWhen`. */
  held: number;
  /** Of these: in the control group. */
  heldOut: number;
  /** Of these: in the global holdout; they are in no arm. */
  globallyHeldOut: number;
  /** Of these: held back by `holdMarketingWhen`. */
  onHold: number;
  /** Of the others: those whom the entry rule refuses because they are or were in it. */
  entered: number;
  /** `notCapped - held - entered`. */
  willSend: number;
}

/** Counts whom a campaign would mail, by the rules of the engine, in sets. */
@Injectable()
export class CampaignAudience {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly campaigns: Campaigns,
    private readonly conditions: SegmentConditions,
    private readonly policies: ContactPolicies,
    private readonly holdouts: GlobalHoldouts,
  ) {}

  /** The counts for the latest version. @throws Refusal 404. */
  async count(ref: string): Promise<AudienceCount> {
    const { id, salt, definition } = await this.campaigns.require(this.database, ref);
    const counting = await this.prepare(this.database, { id, salt, definition });
    return counting();
  }

  /**
   * The same for a definition with all that it names as it stands in `db`. What is answered counts later, when the
   * transaction that `db` may be is over: segments are written out in the statement.
   */
  async prepare(
    db: Queryable,
    campaign: { id: string; salt: string; definition: CampaignDefinition },
  ): Promise<() => Promise<AudienceCount>> {
    const { id, salt, definition } = campaign;
    const question = await this.question(db, id, definition, this.clock.now());
    const holdout = { salt, share: definition.holdout };
    const statement = countAudience({ ...question, campaignId: id, holdout });
    return async () => {
      const [row] = await this.database.query<AudienceRow>(statement);
      if (!row) throw new Error('counting gave no row');
      return countOf(row);
    };
  }

  private async question(
    db: Queryable,
    id: string,
    { basis, topic, trigger, audience, entry }: CampaignDefinition,
    now: Date,
  ): Promise<Omit<AudienceQuestion, 'campaignId' | 'holdout'>> {
    const policy = await this.policies.load(db);
    const every = typeof entry.limit === 'object' ? parseDuration(entry.limit.every) : undefined;
    const { maxMessages, per } = policy;
    const asked = (await db.query<{ frequency: Frequency }>(frequenciesInUse)).map(({ frequency }) => frequency);
    const zones = every || per || asked.length > 0 ? await db.query<{ zone: string }>(zonesInUse) : [];
    const fragments = new Fragments(this.conditions, db, now);
    const segment = segmentOf(trigger);
    if (segment !== null) await fragments.addSegment(segment);
    if (trigger.on === 'anniversary') await fragments.add({ field: trigger.field, op: 'exists', value: true });
    if (audience) await fragments.add(audience);
    const matches = fragments.all();
    const hold = basis === 'transactional' ? null : holdOn(policy, id);
    return {
      basis,
      topic: topic ?? null,
      now,
      matches,
      onHold: hold && (await fragments.add(hold)),
      globalHoldout: basis === 'transactional' ? null : await this.holdouts.current(db),
      cap: maxMessages !== null && per ? { maxMessages, spans: this.spans(zones, per, now) } : null,
      ownCaps: asked.flatMap((frequency) => {
        const own = ownCapOf({ frequency: { value: frequency, at: '' } });
        return own ? [{ frequency, maxMessages: own.maxMessages, spans: this.spans(zones, own.per, now) }] : [];
      }),
      again: every ? { within: this.spans(zones, every, now) } : againOf(entry),
    };
  }

  /** What counts at `now` within a period, for each zone in use; who has none, or an unknown one, lives by the store's. */
  private spans(zones: ReadonlyArray<{ zone: string }>, per: Duration, now: Date): ZoneSpan[] {
    const stores = countingSpans(per, this.config.store.timezone, now);
    return zones.flatMap(({ zone }) =>
      (isZone(zone) ? countingSpans(per, zone, now) : stores).map((span) => ({ zone, ...span })),
    );
  }
}

function countOf(row: AudienceRow): AudienceCount {
  return {
    matched: row.matched,
    consented: row.consented,
    mailable: row.mailable,
    notCapped: row.not_capped,
    held: row.held,
    heldOut: row.held_out,
    globallyHeldOut: row.held_globally,
    onHold: row.on_hold,
    entered: row.entered,
    willSend: row.will_send,
  };
}

/** Conditions as fragments of one statement, each with its parameters behind those of the one before. */
class Fragments {
  private readonly compiled: SqlFragment[] = [];
  private offset = 0;

  constructor(
    private readonly conditions: SegmentConditions,
    private readonly db: Queryable,
    private readonly now: Date,
  ) {}

  async add(condition: unknown): Promise<SqlFragment> {
    return this.keep(await this.conditions.compile(condition, this.now, this.options(), this.db));
  }

  async addSegment(ref: string): Promise<SqlFragment> {
    return this.keep(await this.conditions.compileRef(ref, this.now, this.options(), this.db));
  }

  all(): SqlFragment[] {
    return [...this.compiled];
  }

  private options(): { offset: number; whole: true } {
    return { offset: this.offset, whole: true };
  }

  private keep(fragment: SqlFragment): SqlFragment {
    this.compiled.push(fragment);
    this.offset += fragment.values.length;
    return fragment;
  }
}

/** The segment whose members a trigger takes; of one that is left nobody is known beforehand. */
function segmentOf(trigger: Trigger): string | null {
  switch (trigger.on) {
    case 'segment':
      return trigger.when === 'leaves' ? null : trigger.segment;
    case 'schedule':
    case 'date':
      return trigger.segment;
    case 'event':
    case 'order':
    case 'anniversary':
    case 'manual':
      return null;
    default:
      return trigger satisfies never;
  }
}

function againOf({ limit, key }: CampaignDefinition['entry']): AudienceQuestion['again'] {
  if (limit === 'once') return 'never';
  return key === 'order' ? 'always' : 'unless_active';
}
