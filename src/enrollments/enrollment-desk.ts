import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { CampaignPrograms } from '../campaigns/campaign-programs';
import { Campaigns } from '../campaigns/campaigns.service';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { type Reason } from '../kernel/reasons';
import { Database } from '../platform/database/database';
import { decodeCursor, type Page, pageOf } from '../platform/http/page';
import { CustomerEntries, type EntryOutcome } from './customer-entries';
import { lockCustomers } from './data/entry.sql';
import { exitEnrollments } from './data/people-in-campaign.sql';
import { type EnrollmentStatus } from './domain/enrollment-transitions';
import { ENROLLMENT_COLUMNS, type EnrollmentRow, type EnrollmentView, enrollmentView } from './enrollment-view';
import { SegmentPages } from './segment-pages';

/** What enrolling by hand did. */
export interface EnrolledByHand {
  enrolled: number;
  refused: Array<{ customerId: string; reason: Reason }>;
}

export interface EnrollmentQuery {
  limit: number;
  cursor?: string;
  status?: EnrollmentStatus;
  customerId?: string;
}

/** People enrolled at once, in a transaction of its own each. */
const PAGE = 1_000;

/** Enrollments by hand: putting people in, looking, taking them out. */
@Injectable()
export class EnrollmentDesk {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly campaigns: Campaigns,
    private readonly programs: CampaignPrograms,
    private readonly entries: CustomerEntries,
    private readonly segments: SegmentPages,
    private readonly audit: AuditLog,
  ) {}

  /** The enrollments of a campaign, newest first. @throws Refusal 404. */
  async list(ref: string, query: EnrollmentQuery): Promise<Page<EnrollmentView>> {
    const { id } = await this.campaigns.require(this.database, ref);
    const before = query.cursor === undefined ? null : (decodeCursor(query.cursor, 1)[0] ?? null);
    const rows = await this.database.query<EnrollmentRow>(
      `select ${ENROLLMENT_COLUMNS} from enrollments
       where campaign_id = $1 and ($2::uuid is null or id < $2) and ($3::text is null or status = $3)
         and ($4::uuid is null or customer_id = $4)
       order by id desc limit $5`,
      [id, before, query.status ?? null, query.customerId ?? null, query.limit + 1],
    );
    return pageOf(rows, query.limit, enrollmentView, (row) => [row.id]);
  }

  /**
   * Enrols customers by the rules of the campaign (audience, entry, mailability, arm), whatever its trigger; a thousand
   * at a time. @throws Refusal 404, 409 for a campaign that is not live, 422 for customers that do not exist.
   */
  async enrol(ref: string, customerIds: readonly string[]): Promise<EnrolledByHand> {
    const { id } = await this.requireLive(ref);
    await this.requireCustomers(customerIds);
    const total: EnrolledByHand = { enrolled: 0, refused: [] };
    const wanted = [...new Set(customerIds)];
    for (let from = 0; from < wanted.length; from += PAGE)
      await this.enrolPage(id, wanted.slice(from, from + PAGE), total);
    return total;
  }

  /** Enrols who is in a segment now. @throws Refusal 404, 409, 422 for a segment that does not exist. */
  async enrolSegment(ref: string, segment: string): Promise<EnrolledByHand> {
    const { id } = await this.requireLive(ref);
    await this.segments.requireSegment(this.database, segment);
    const total: EnrolledByHand = { enrolled: 0, refused: [] };
    const asOf = this.clock.now();
    let after: string | null = null;
    for (;;) {
      const page: string[] = await this.segments.page(this.database, segment, after, PAGE, asOf);
      if (page.length === 0) return total;
      await this.enrolPage(id, page, total);
      after = page.at(-1) ?? null;
    }
  }

  /** Takes a person out. Ended enrollments stay as they are. @throws Refusal 404. */
  async remove(ref: string, enrollmentId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const { id } = await this.campaigns.require(tx, ref);
      const [row] = await tx.query<EnrollmentRow>(
        `select ${ENROLLMENT_COLUMNS} from enrollments where id = $1 and campaign_id = $2 for no key update`,
        [enrollmentId, id],
      );
      if (!row) throw Refusal.notFound(`The enrollment ${enrollmentId}`);
      if (row.status !== 'active') return;
      await tx.execute(exitEnrollments([row.id], 'removed', this.clock.now()));
      await this.audit.record(tx, {
        action: 'enrollment.remove',
        resource: `enrollment:${row.id}`,
        before: enrollmentView(row),
      });
    });
  }

  private async enrolPage(campaignId: string, customerIds: readonly string[], total: EnrolledByHand): Promise<void> {
    const outcomes = await this.database.transaction(async (tx) => {
      const now = this.clock.now();
      const locked = await tx.query<{ id: string }>(lockCustomers(customerIds));
      const [campaign] = await this.programs.running(tx, campaignId);
      if (!campaign) throw Refusal.conflict('The campaign was archived meanwhile.');
      const candidates = locked.map(({ id }) => ({
        campaign,
        customerId: id,
        entryKey: '',
        eventId: null,
        orderId: null,
      }));
      const done = await this.entries.enter(tx, candidates, now);
      await this.audit.record(tx, {
        action: 'enrollment.create',
        resource: `campaign:${campaignId}`,
        after: { customers: done.length, enrolled: done.filter((one) => one.decision.enrolled).length },
      });
      return done;
    });
    add(total, outcomes);
  }

  private async requireLive(ref: string): Promise<{ id: string }> {
    const row = await this.campaigns.require(this.database, ref);
    if (row.status === 'active' || row.status === 'paused') return row;
    throw Refusal.conflict(`The campaign ${row.key} is ${row.status}; people can be enrolled in live campaigns only.`);
  }

  private async requireCustomers(customerIds: readonly string[]): Promise<void> {
    const rows = await this.database.query<{ id: string }>('select id from customers where id = any($1::uuid[])', [
      customerIds,
    ]);
    const known = new Set(rows.map((row) => row.id));
    const faults = customerIds.flatMap((id, index) =>
      known.has(id.toLowerCase()) ? [] : [{ path: `customerIds[${index}]`, message: 'is not a customer' }],
    );
    if (faults.length > 0) throw Refusal.invalid(faults.slice(0, 100));
  }
}

function add(total: EnrolledByHand, outcomes: readonly EntryOutcome[]): void {
  for (const { candidate, decision } of outcomes) {
    if (decision.enrolled) total.enrolled++;
    else total.refused.push({ customerId: candidate.customerId, reason: decision.reason });
  }
}
