import { type Database } from '../../../src/platform/database/database';
import { type WalkListener } from '../../../src/enrollments/domain/simulation/walk.types';

/** What was done, a line each: the same words for what the engine did and for what the simulation did. */
export type Lines = string[];

const iso = (at: Date | number | null): string => (at === null ? '-' : new Date(at).toISOString());

/** What the live engine has written about campaigns since an instant. */
export async function livedLines(db: Database): Promise<Lines> {
  const entries = await db.query<Record<string, string> & { at: Date }>(
    `select c.key, n.customer_id as who, n.entered_at as at, n.arm from enrollments n join campaigns c on c.id = n.campaign_id`,
  );
  const refusals = await db.query<Record<string, string> & { at: Date }>(
    `select c.key, r.customer_id as who, r.at, r.reason from enrollment_refusals r join campaigns c on c.id = r.campaign_id`,
  );
  const mails = await db.query<Record<string, string> & { at: Date; due: Date }>(
    `select c.key, m.customer_id as who, m.queued_at as at, m.due_at as due, m.step, m.status, m.reason
     from messages m join campaigns c on c.id = m.campaign_id`,
  );
  const decisions = await db.query<Record<string, string> & { at: Date }>(
    `select c.key, d.customer_id as who, d.at, d.step, d.kind, d.outcome from enrollment_decisions d
     join campaigns c on c.id = d.campaign_id where d.kind not in ('email', 'goal', 'defer')`,
  );
  const ends = await db.query<Record<string, string> & { at: Date | null }>(
    `select c.key, n.customer_id as who, n.ended_at as at, coalesce(n.exit_reason, n.status) as how
     from enrollments n join campaigns c on c.id = n.campaign_id`,
  );
  const status = (one: string): string => (['sent', 'queued', 'claimed', 'sending'].includes(one) ? 'queued' : one);
  return [
    ...entries.map(({ key, who, at, arm }) => `${key} ${who} entered ${iso(at)} ${arm}`),
    ...refusals.map(({ key, who, at, reason }) => `${key} ${who} refused ${iso(at)} ${reason}`),
    ...mails.map(
      (m) => `${m.key} ${m.who} mail ${m.step} ${status(m.status ?? '')} ${m.reason} ${iso(m.at)} due ${iso(m.due)}`,
    ),
    ...decisions.map((d) => `${d.key} ${d.who} ${d.kind} ${d.step} ${d.outcome} ${iso(d.at)}`),
    ...ends.map(({ key, who, at, how }) => `${key} ${who} ended ${how} ${iso(at)}`),
  ].sort();
}

/** Writes down what a simulation does. */
export class LinesListener implements WalkListener {
  readonly lines: Lines = [];

  enteredBy: WalkListener['enteredBy'] = ({ campaign, customerId, enteredAt, arm }) => {
    this.add(`${campaign.key} ${customerId} entered ${iso(enteredAt)} ${arm}`);
    return true;
  };
  refusedEntry: WalkListener['refusedEntry'] = ({ campaign, customerId, at, reason }) =>
    this.add(`${campaign.key} ${customerId} refused ${iso(at)} ${reason}`);
  mail: WalkListener['mail'] = ({ campaign, customerId }, { step, status, reason, at, dueAt }) =>
    this.add(`${campaign.key} ${customerId} mail ${step} ${status} ${reason} ${iso(at)} due ${iso(dueAt)}`);
  decided: WalkListener['decided'] = () => undefined;
  heldBack: WalkListener['heldBack'] = () => undefined;
  askedEngagement: WalkListener['askedEngagement'] = () => undefined;
  finished: WalkListener['finished'] = (life, how) => {
    const { campaign, customerId, endedAt, lines } = life;
    for (const { kind, step, outcome, at } of lines) {
      if (['email', 'goal', 'defer'].includes(kind)) continue;
      this.add(`${campaign.key} ${customerId} ${kind} ${step} ${outcome} ${iso(at)}`);
    }
    this.add(`${campaign.key} ${customerId} ended ${how} ${iso(endedAt)}`);
  };

  private add(line: string): void {
    this.lines.push(line);
  }
}
