import { Injectable } from '@nestjs/common';
import { EnrollmentExplanations } from '../enrollments/enrollment-explanations';
import { Refusal } from '../kernel/errors';
import { isUuid } from '../kernel/ids';
import { Database } from '../platform/database/database';
import { CustomersService } from './customers.service';
import { type DecisionView, type ExplanationView } from './profiles.types';

interface MessageRow {
  id: string;
  step: string;
  status: string;
  reason: string | null;
  dueAt: Date;
  sentAt: Date | null;
  attempts: number;
  template: string | null;
  templateVersion: number | null;
  enrollmentId: string;
}

/** Why a customer got what it got from a campaign, and what comes next. */
@Injectable()
export class Explanations {
  constructor(
    private readonly database: Database,
    private readonly customers: CustomersService,
    private readonly enrollments: EnrollmentExplanations,
  ) {}

  /**
   * The decisions about a customer in a campaign: entering or the refusal, what became of each step, the end.
   *
   * @param campaignRef key or id
   * @throws Refusal (404)
   */
  async explain(id: string, campaignRef: string): Promise<ExplanationView> {
    const customerId = await this.customers.resolve(id);
    const [campaign] = await this.database.query<{ id: string }>(
      `select id from campaigns where ${isUuid(campaignRef) ? 'id' : 'key'} = $1`,
      [campaignRef],
    );
    if (!campaign) throw Refusal.notFound('The campaign');
    const { decisions, next } = await this.enrollments.load(this.database, customerId, campaign.id);
    const messages = await this.database.query<MessageRow>(
      `select id, step, case status when 'claimed' then 'queued' else status end as status, reason, due_at as "dueAt",
         sent_at as "sentAt", attempts, template_key as template, template_version as "templateVersion",
         enrollment_id as "enrollmentId"
       from messages where customer_id = $1 and campaign_id = $2 and origin = 'enrollment' order by due_at, id`,
      [customerId, campaign.id],
    );
    return { decisions: inOrder([...decisions, ...messages.map(decisionOf)]), next };
  }
}

function decisionOf({ step, status, reason, dueAt, sentAt, ...rest }: MessageRow): DecisionView {
  const { id: messageId, ...values } = rest;
  return {
    at: (sentAt ?? dueAt).toISOString(),
    step,
    outcome: status,
    reason,
    values: { messageId, ...values, dueAt: dueAt.toISOString() },
  };
}

/** By time; of one instant the entering first, then the steps, then the end. */
function inOrder(decisions: DecisionView[]): DecisionView[] {
  const rank = ({ outcome, step }: DecisionView): number => {
    if (step !== null) return 1;
    return outcome === 'completed' || outcome === 'exited' ? 2 : 0;
  };
  return decisions.sort((a, b) => a.at.localeCompare(b.at) || rank(a) - rank(b));
}
