import { type ApiClient } from './api-client';
import { type Crowd } from './crowd';
import { responseTo } from './domain/behaviour';
import { type Entrant, trueEffect } from './domain/truth';
import { table } from './table';

interface Lift {
  arms: Record<'treatment' | 'holdout', { customers: number; repurchasers: number; rate: number | null }>;
  lift: { absolute: number | null; ci: [number, number] | null };
  verdict: string;
}

interface Enrollment {
  id: string;
  customerId: string;
  arm: 'treatment' | 'holdout';
  enteredAt: string;
}

interface Funnel {
  steps: Array<{ sent: number; clicked: { human: number } }>;
}

/** One line of the demo's table. */
export interface SummaryLine {
  campaign: string;
  entered: number;
  sent: number;
  clicked: number;
  /** Of the mature people of both arms, as shown by the lift report. */
  repurchases: { treatment: string; holdout: string };
  lift: number | null;
  ci: [number, number] | null;
  verdict: string;
  truth: number | null;
}

export interface Summaries {
  seed: number;
  windowMs: number;
  window: string;
  now: Date;
}

/** Reads a campaign's reports and sets the generator's true effect beside the measured one. */
export async function summarise(api: ApiClient, crowd: Crowd, campaign: string, run: Summaries): Promise<SummaryLine> {
  const [funnel, lift, enrollments] = await Promise.all([
    api.get<Funnel>(`/api/v1/reports/campaigns/${campaign}/funnel`),
    api.get<Lift>(`/api/v1/reports/campaigns/${campaign}/lift?window=${run.window}`),
    api.all<Enrollment>(`/api/v1/campaigns/${campaign}/enrollments`),
  ]);
  const sum = (of: (step: Funnel['steps'][number]) => number): number =>
    funnel.steps.reduce((total, step) => total + of(step), 0);
  const share = (arm: 'treatment' | 'holdout'): string => `${lift.arms[arm].repurchasers}/${lift.arms[arm].customers}`;
  return {
    campaign,
    entered: enrollments.length,
    sent: sum((step) => step.sent),
    clicked: sum((step) => step.clicked.human),
    repurchases: { treatment: share('treatment'), holdout: share('holdout') },
    lift: lift.lift.absolute,
    ci: lift.lift.ci,
    verdict: lift.verdict,
    truth: trueEffect(campaign, await entrants(api, crowd, campaign, enrollments, run), run.windowMs),
  };
}

/** The people of the lift: the first enrollment of each, mature by now. */
async function entrants(
  api: ApiClient,
  crowd: Crowd,
  campaign: string,
  all: Enrollment[],
  run: Summaries,
): Promise<Entrant[]> {
  const names = new Map(
    (await api.all<{ id: string; externalId: string }>('/api/v1/customers')).map((customer) => [
      customer.id,
      customer.externalId,
    ]),
  );
  const firstMail = new Map<string, Date>();
  for (const message of await api.all<{ enrollmentId: string; sentAt: string | null }>(
    `/api/v1/messages?campaign=${campaign}&status=sent`,
  )) {
    if (message.sentAt === null) continue;
    const at = new Date(message.sentAt);
    const known = firstMail.get(message.enrollmentId);
    if (!known || at < known) firstMail.set(message.enrollmentId, at);
  }
  const first = new Map<string, Enrollment>();
  for (const enrollment of [...all].sort((a, b) => a.enteredAt.localeCompare(b.enteredAt))) {
    if (!first.has(enrollment.customerId)) first.set(enrollment.customerId, enrollment);
  }
  return [...first.values()]
    .filter((enrollment) => new Date(enrollment.enteredAt).getTime() + run.windowMs <= run.now.getTime())
    .map((enrollment) => {
      const externalId = names.get(enrollment.customerId) ?? '';
      return {
        enteredAt: new Date(enrollment.enteredAt),
        arm: enrollment.arm,
        firstMailAt: firstMail.get(enrollment.id) ?? null,
        response: responseTo(run.seed, campaign, externalId),
        orders: crowd.orders.get(externalId) ?? [],
      };
    });
}

const points = (value: number | null): string => (value === null ? '-' : (value * 100).toFixed(1));

/** The table, for a terminal. */
export function tableOf(lines: readonly SummaryLine[]): string {
  const head = [
    'campaign',
    'entered',
    'sent',
    'clicked',
    'mailed bought',
    'control bought',
    'lift (points)',
    '95 % interval',
    'verdict',
    'true effect',
    'covered',
  ];
  const rows = lines.map((line) => [
    line.campaign,
    String(line.entered),
    String(line.sent),
    String(line.clicked),
    line.repurchases.treatment,
    line.repurchases.holdout,
    points(line.lift),
    line.ci ? `${points(line.ci[0])} to ${points(line.ci[1])}` : '-',
    line.verdict,
    points(line.truth),
    covered(line),
  ]);
  return table(head, rows);
}

function covered({ ci, truth }: SummaryLine): string {
  if (!ci || truth === null) return '-';
  return ci[0] <= truth && truth <= ci[1] ? 'yes' : 'no';
}
