import { Injectable } from '@nestjs/common';
import { CampaignQuestions, type CampaignQuestion, fixedWindow } from './campaign-question';
import { type ConversionRow, funnelConversions, type FunnelRow, funnelSteps } from './data/funnel.sql';
import { ReportsDatabase } from './data/reports-database';
import { LONGEST_LIFT_WINDOW_DAYS } from './domain/report-window';
import type { FunnelReport, FunnelStep } from './reports.types';

/** What became of the messages of a campaign, step by step. */
@Injectable()
export class FunnelReports {
  constructor(
    private readonly questions: CampaignQuestions,
    private readonly database: ReportsDatabase,
  ) {}

  /**
   * The e-mail steps in the order of what runs now, then those of earlier versions that are no more. A step that nobody
   * has reached stands there with zeros.
   *
   * @throws Refusal 404 for an unknown campaign, 422 for a bad window or instant.
   */
  async funnel(question: CampaignQuestion): Promise<FunnelReport> {
    const asOf = this.questions.asOf(question);
    const campaign = await this.questions.campaign(question);
    const window = this.questions.window(question, fixedWindow(campaign.definition), LONGEST_LIFT_WINDOW_DAYS);
    const [rows, conversions] = await Promise.all([
      this.database.heavy<FunnelRow>(funnelSteps(campaign.id, asOf)),
      this.database.heavy<ConversionRow>(funnelConversions(campaign.id, window.ms, asOf)),
    ]);
    const converted = new Map(conversions.map((row) => [row.step, row.converted]));
    const byStep = new Map(rows.map((row) => [row.step, row]));
    const present = campaign.program.instructions.flatMap((step) => (step.op === 'email' ? [step.key] : []));
    const steps = [...new Set([...present, ...byStep.keys()])];
    return {
      campaign: campaign.key,
      window: window.text,
      ...(await this.questions.head(asOf, {})),
      steps: steps.map((step) => funnelStep(step, byStep.get(step), converted.get(step) ?? 0)),
    };
  }
}

function funnelStep(step: string, row: FunnelRow | undefined, converted: number): FunnelStep {
  const sent = row?.sent ?? 0;
  const bounced = row?.bounced ?? 0;
  return {
    step,
    due: row?.due ?? 0,
    sent,
    queued: row?.queued ?? 0,
    failed: row?.failed ?? 0,
    uncertain: row?.uncertain ?? 0,
    heldOut: row?.heldOut ?? 0,
    skipped: row?.skipped ?? {},
    delivered: sent - bounced,
    opened: { human: row?.openedHuman ?? 0, machine: row?.openedMachine ?? 0 },
    clicked: { human: row?.clickedHuman ?? 0, machine: row?.clickedMachine ?? 0 },
    unsubscribed: row?.unsubscribed ?? 0,
    bounced,
    complained: row?.complained ?? 0,
    converted,
  };
}
