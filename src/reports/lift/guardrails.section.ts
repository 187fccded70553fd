import { type MailedRow, mailedPeople } from '../data/lift-beside.sql';
import { type ByArm, type ShareDifference, shareDifference } from '../domain/lift-beside';
import { known, type LiftContext, type LiftSection, unknown } from './lift-section';

/** What a campaign may cost beside money. */
export interface Guardrails {
  unsubscribed: ShareDifference;
  complained: ShareDifference;
}

const NOBODY = { customers: 0, otherMessages: 0, unsubscribed: 0, complained: 0 };

/** Both sections ask the same statement; a report asks it once. */
const asked = new WeakMap<LiftContext, Promise<ByArm<Omit<MailedRow, 'arm'>>>>();

function mailed(context: LiftContext): Promise<ByArm<Omit<MailedRow, 'arm'>>> {
  const known = asked.get(context);
  if (known) return known;
  const answer = context.database.query<MailedRow>(mailedPeople(context.scope)).then((rows) => ({
    treatment: rows.find(({ arm }) => arm === 'treatment') ?? NOBODY,
    holdout: rows.find(({ arm }) => arm === 'holdout') ?? NOBODY,
  }));
  asked.set(context, answer);
  return answer;
}

/** Unsubscribes and complaints by arm, about whichever mail: who was not held out has one more to object to. */
export const guardrails: LiftSection<Guardrails> = {
  cost: 'heavy',
  async read(context) {
    const { treatment, holdout } = await mailed(context);
    const compare = (what: 'unsubscribed' | 'complained'): ShareDifference =>
      shareDifference({ x: treatment[what], n: treatment.customers }, { x: holdout[what], n: holdout.customers });
    if (treatment.customers === 0 || holdout.customers === 0) return unknown('no_mature_customers');
    return known({ unsubscribed: compare('unsubscribed'), complained: compare('complained') });
  },
};

/** What else people were sent meanwhile, by arm: the effect is that of this campaign on top of it. */
export const otherMessages: LiftSection<ByArm<number | null>> = {
  cost: 'heavy',
  async read(context) {
    const arms = await mailed(context);
    const per = ({ customers, otherMessages: n }: Omit<MailedRow, 'arm'>): number | null =>
      customers === 0 ? null : n / customers;
    const value = { treatment: per(arms.treatment), holdout: per(arms.holdout) };
    const empty = (['treatment', 'holdout'] as const).filter((arm) => value[arm] === null);
    return known(value, Object.fromEntries(empty.map((arm) => [arm, 'no_mature_customers'])));
  },
};
