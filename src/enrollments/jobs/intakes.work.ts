import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CampaignPrograms } from '../../campaigns/campaign-programs';
import { Database, type Tx } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { CustomerEntries } from '../customer-entries';
import { lockCustomers } from '../data/entry.sql';
import { SegmentPages } from '../segment-pages';

interface Intake {
  id: string;
  campaign_id: string;
  after_customer_id: string | null;
}

/** Takes the present members of a segment into a campaign that was activated with `includeCurrent`, page by page. */
@Injectable()
export class IntakesWork implements DueWork, OnModuleInit {
  readonly name = 'enrollments.intakes';
  readonly order = DUE_ORDER.entries;

  constructor(
    private readonly database: Database,
    private readonly registry: DueWorkRegistry,
    private readonly programs: CampaignPrograms,
    private readonly entries: CustomerEntries,
    private readonly segments: SegmentPages,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ requested_at: Date }>(
      'select requested_at from enrollment_intakes where finished_at is null order by requested_at limit 1',
    );
    return row?.requested_at ?? null;
  }

  /** One page of one intake; the same row remembers how far it came. */
  runDue(now: Date, limit: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const [intake] = await tx.query<Intake>(
        `select id, campaign_id, after_customer_id from enrollment_intakes where finished_at is null
         order by requested_at limit 1 for update skip locked`,
      );
      if (!intake) return 0;
      const page = await this.enterPage(tx, intake, now, limit);
      const last = page.at(-1) ?? null;
      await tx.execute(
        `update enrollment_intakes set after_customer_id = coalesce($2, after_customer_id),
           finished_at = case when $2::uuid is null then $3::timestamptz end where id = $1`,
        [intake.id, last, now],
      );
      return Math.max(1, page.length);
    });
  }

  private async enterPage(tx: Tx, intake: Intake, now: Date, limit: number): Promise<string[]> {
    const [campaign] = await this.programs.running(tx, intake.campaign_id);
    if (campaign?.definition.trigger.on !== 'segment') return [];
    const { segment } = campaign.definition.trigger;
    const page = await this.segments.page(tx, segment, intake.after_customer_id, limit, now);
    const locked = await tx.query<{ id: string }>(lockCustomers(page));
    const candidates = locked.map(({ id }) => ({
      campaign,
      customerId: id,
      entryKey: '',
      eventId: null,
      orderId: null,
    }));
    await this.entries.enter(tx, candidates, now);
    return page;
  }
}
