import { type DecisionView, type ExplainedMail } from '../profiles.types';

/**
 * One line for each decision, oldest first. The decision about a mail and what became of the mail are one line: it says
 * how the ledger has it now, with the values that the engine decided on. Of one instant entering comes first, then the
 * steps in the order in which they were decided, then the end.
 */
export function laidTogether(decisions: readonly DecisionView[], mails: readonly ExplainedMail[]): DecisionView[] {
  const byStep = new Map(mails.map((mail) => [stepOf(mail), mail]));
  const lines = decisions.map((decision) => {
    const key = decision.kind === 'email' ? stepOf(decision) : '';
    const mail = byStep.get(key);
    if (!mail) return decision;
    byStep.delete(key);
    return mailLine(mail, decision.at, decision.values);
  });
  const others = [...byStep.values()].reverse().map((mail) => mailLine(mail, mail.queuedAt.toISOString(), {}));
  const rank = { entry: 0, end: 2 } as Readonly<Record<string, number>>;
  const rankOf = ({ kind }: DecisionView): number => rank[kind] ?? 1;
  // Stable: what was decided at one instant keeps its order.
  return [...lines, ...others].sort((a, b) => a.at.localeCompare(b.at) || rankOf(a) - rankOf(b));
}

function stepOf({ enrollmentId, step }: { enrollmentId: string | null; step: string | null }): string {
  return `${enrollmentId} ${step}`;
}

function mailLine(mail: ExplainedMail, decidedAt: string, values: Record<string, unknown>): DecisionView {
  const { campaign, enrollmentId, step, status: outcome, reason, messageId, dueAt, sentAt, attempts } = mail;
  const { template, templateVersion } = mail;
  return {
    at: sentAt?.toISOString() ?? decidedAt,
    campaign,
    enrollmentId,
    kind: 'email',
    step,
    outcome,
    reason,
    values: {
      ...values,
      messageId,
      enrollmentId,
      dueAt: dueAt.toISOString(),
      sentAt: sentAt?.toISOString() ?? null,
      attempts,
      template,
      templateVersion,
    },
  };
}
