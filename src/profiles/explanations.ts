import { Injectable } from '@nestjs/common';
import { CampaignPrograms } from '../campaigns/campaign-programs';
import { CustomerEntries } from '../enrollments/customer-entries';
import { EnrollmentExplanations } from '../enrollments/enrollment-explanations';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { isUuid } from '../kernel/ids';
import { Database } from '../platform/database/database';
import { CustomersService } from './customers.service';
import { mailsOf } from './data/explained-mails.sql';
import { laidTogether } from './domain/lay-decisions-together';
import { type ExplainedMail, type ExplanationView } from './profiles.types';

/** Why a customer got what it got from campaigns, and what comes next. */
@Injectable()
export class Explanations {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly customers: CustomersService,
    private readonly enrollments: EnrollmentExplanations,
    private readonly entries: CustomerEntries,
    private readonly programs: CampaignPrograms,
  ) {}

  /**
   * The decisions about a customer: entering or the refusal, what was decided at each step and what became of its mail,
   * the end; and what comes next. Of one campaign also what would be decided about entering it now.
   *
   * @param campaignRef key or id; undefined: all campaigns
   * @throws Refusal (404)
   */
  async explain(id: string, campaignRef: string | undefined): Promise<ExplanationView> {
    const customerId = await this.customers.resolve(id);
    const campaign = campaignRef === undefined ? null : await this.campaign(campaignRef);
    const told = await this.enrollments.load(this.database, customerId, campaign?.id ?? null);
    const mails = await this.database.query<ExplainedMail>(mailsOf(customerId, campaign?.id ?? null));
    return {
      decisions: laidTogether(told.decisions, mails),
      next: told.next,
      enrollments: told.enrollments,
      entry: campaign ? await this.entry(customerId, campaign) : null,
    };
  }

  private async campaign(ref: string): Promise<{ id: string; status: string }> {
    const [campaign] = await this.database.query<{ id: string; status: string }>(
      `select id, status from campaigns where ${isUuid(ref) ? 'id' : 'key'} = $1`,
      [ref],
    );
    if (!campaign) throw Refusal.notFound('The campaign');
    return campaign;
  }

  private async entry(
    customerId: string,
    { id, status }: { id: string; status: string },
  ): Promise<ExplanationView['entry']> {
    if (status === 'archived') return { outcome: 'refused', reason: 'campaign_archived', values: {} };
    return this.database.transaction(async (tx) => {
      const [campaign] = await this.programs.running(tx, id);
      if (!campaign) return null;
      const candidate = { campaign, customerId, entryKey: '', eventId: null, orderId: null };
      const [outcome] = await this.entries.consider(tx, [candidate], this.clock.now());
      if (!outcome) return null;
      const { decision } = outcome;
      if (!decision.enrolled) return { outcome: 'refused', reason: decision.reason, values: decision.values };
      const { arm, armReason, draw } = decision;
      return { outcome: 'enrolled', reason: null, values: { arm, armReason, draw } };
    });
  }
}
