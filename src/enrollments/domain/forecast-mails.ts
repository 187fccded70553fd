import { type Replenishment } from '../../catalog/replenishment';
import { type Program } from '../../campaigns/campaign.types';
import { advance, type EnrollmentState, type StepContact } from './advance';
import { ContactDesk, type ContactPolicy, type PastContact } from './contact-policy';
import { type MailabilityFacts } from './may-mail';
import { ownCapOf } from './own-cap';

/** A person under way in a campaign, as a forecast knows them: everything stays as it is now. */
export interface Traveller {
  enrollmentId: string;
  campaignId: string;
  priority: number;
  program: Program;
  /** Where they stand. */
  state: EnrollmentState;
  mail: MailabilityFacts;
  zone: string;
  /** The program's conditions that hold, by index. */
  holding: ReadonlySet<number>;
  splitDraw(key: string): number;
  /** Where the program waits for it. */
  replenishment?: Replenishment;
}

/** Programs only go forward, so a walk is over long before; a deferral repeats a step. */
const MOST_RUNS = 2_000;

/**
 * When the mails of an enrollment would go out up to `until` if nothing happened but time: the live engine's own
 * `advance`, from due time to due time. Conditions hold as they hold now; what is waited for does not come; nobody
 * orders, unsubscribes or is held back by a condition. The contact policy's times and cap apply; each mail is added to
 * `contacts` (the person's, over all campaigns), so that what is forecast next meets it.
 */
export function forecastMails(
  traveller: Traveller,
  policy: ContactPolicy,
  contacts: PastContact[],
  now: Date,
  until: Date,
): Date[] {
  const { program, campaignId, priority, enrollmentId, zone, replenishment } = traveller;
  const mails: Date[] = [];
  const own = traveller.mail.choices ? ownCapOf(traveller.mail.choices.wishes) : null;
  let { state } = traveller;
  for (let runs = 0; runs < MOST_RUNS && state.status === 'active' && state.dueAt; runs++) {
    const at = state.dueAt > now ? state.dueAt : now;
    if (at >= until) break;
    const desk = new ContactDesk(policy, { zone, contacts, own, onHold: null }, at);
    const { effects, enrollment } = advance(
      program,
      state,
      {
        mail: traveller.mail,
        zone,
        goalAt: null,
        holds: (condition) => ({ holds: traveller.holding.has(condition), values: {} }),
        eventAt: () => null,
        splitDraw: (key) => traveller.splitDraw(key),
        ...(replenishment ? { replenishment: () => replenishment } : {}),
        contact: (request: StepContact) => desk.ask({ ...request, enrollmentId, campaignId, priority }),
      },
      at,
    );
    for (const effect of effects) {
      if (effect.kind !== 'email' || effect.decision.status !== 'queued') continue;
      mails.push(at);
      if (program.basis !== 'transactional') contacts.push({ at, campaignId, priority });
    }
    state = enrollment;
  }
  return mails;
}
