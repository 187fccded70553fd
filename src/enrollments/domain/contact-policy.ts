import { type Basis, type SendWindow } from '../../campaigns/campaign.types';
import { type Duration, formatDuration } from '../../kernel/duration';
import { type Reason } from '../../kernel/reasons';
import { counted, roomFrom } from './cap-window';
import { type OwnCap } from './own-cap';
import { type Arm } from './decide-entry';
import {
  type Bar,
  barValues,
  blackoutBar,
  firstClear,
  holds,
  quietHoursBar,
  type QuietHours,
  sendWindowBar,
} from './wall-clock-bars';

/** Whoever is in the segment `unengaged` gets no marketing, but for the mails of one campaign: the last chance. */
export interface Sunset {
  /** Null: the campaign that the policy names is there no more. */
  campaignId: string | null;
}

/** What the shop allows itself with one person, over all campaigns. */
export interface ContactPolicy {
  /** Marketing mails per person within `per`; the two stand together. */
  maxMessages: number | null;
  /** A sliding window, in the customer's calendar. */
  per: Duration | null;
  quietHours: QuietHours | null;
  /** Dates (`YYYY-MM-DD`) in the zone of the quiet hours, else the customer's. */
  blackout: readonly string[];
  /** A condition under which a person gets no marketing mail. */
  holdMarketingWhen: Record<string, unknown> | null;
  /** Silence for who is unengaged, but for one campaign; null: there is none. */
  sunset: Sunset | null;
}

export const NO_POLICY: ContactPolicy = {
  maxMessages: null,
  per: null,
  quietHours: null,
  blackout: [],
  holdMarketingWhen: null,
  sunset: null,
};

/** A marketing mail that a person got, or is about to. */
export interface PastContact {
  at: Date;
  campaignId: string;
  /** Of its campaign. */
  priority: number;
}

/** What the arbiter has to know of a person. */
export interface ContactFacts {
  /** The customer's zone, else the store's. */
  zone: string;
  /** Reserved and used ones; at least those of the window. */
  contacts: readonly PastContact[];
  /** The cap that the person asked for; it counts beside the shop's. */
  own?: OwnCap | null;
  /** What `holdMarketingWhen` or the sunset says of the person; null where the policy has neither. */
  onHold: Hold | null;
}

/** Whether marketing is held back from a person, and on which values that rests. */
export interface Hold {
  holds: boolean;
  values: Record<string, unknown>;
  /** It is the silence of the sunset: the campaign whose mails go out all the same, null where it is gone. */
  silenceBut?: string | null;
}

/** An e-mail step that wants to go out. */
export interface ContactRequest {
  enrollmentId: string;
  campaignId: string;
  step: string;
  basis: Basis;
  arm: Arm;
  /** Of the campaign: higher wins. */
  priority: number;
  /** When the step was planned. */
  plan: Date;
  /** After it the mail is of no use. */
  expiresAt: Date;
  /** Of the campaign. */
  sendWindow: SendWindow | null;
  /** Whether anybody is going to look at what the verdict rests on: if not, it carries no values. Default true. */
  shown?: boolean;
}

/** `defer`: to be asked again at `until`. */
export type ContactVerdict =
  | { action: 'go' }
  | { action: 'defer'; until: Date; reason: Reason; values: Record<string, unknown> }
  | { action: 'skip'; reason: Reason; values: Record<string, unknown> };

type Held = Exclude<ContactVerdict, { action: 'go' }>;

const DAY_MS = 86_400_000;
const HOLD_LOOKED_AT_EVERY_MS = 3_600_000;
const LONGEST_DEFERRAL_MS = 400 * DAY_MS;

/** So many marketing mails within a time. */
interface Cap extends OwnCap {
  /** Whether the person asked for it. */
  byCustomer: boolean;
}

/** What holds a mail back now, and the first instant at which it no longer does by itself. */
interface Hindrance {
  reason: Reason;
  until: Date;
  values: () => Record<string, unknown>;
}

/**
 * The one arbiter of who may be written to now: the desk of one person at one instant. Pure but for its memory of the
 * mails that it let go, so that the next campaign that asks for the same person meets them. Ask in the order of priority
 * (descending), plan, enrollment id.
 *
 * What holds a mail back defers it to the first instant that all rules allow; where that lies after the mail's usefulness
 * it is skipped now, with the reason. Two stages: the rules of time (hold, blackout, send window, quiet hours) are the
 * same for both arms; then, for those who are really written to, the cap. Transactional mail is held back by nothing and
 * uses no cap; a held-out one uses none and outranks nobody.
 */
export class ContactDesk {
  private readonly contacts: PastContact[];
  private readonly shared: readonly Bar[];
  /** The shop's first, then the person's. */
  private readonly caps: readonly Cap[];

  constructor(
    policy: ContactPolicy,
    private readonly facts: ContactFacts,
    private readonly now: Date,
  ) {
    this.contacts = [...facts.contacts];
    this.shared = barsOf(policy, facts.zone);
    const { maxMessages, per } = policy;
    const { own } = facts;
    this.caps = [
      ...(maxMessages === null || per === null ? [] : [{ maxMessages, per, byCustomer: false }]),
      ...(own ? [{ ...own, byCustomer: true }] : []),
    ];
  }

  /** Whether the mail may go now, waits, or is not to go at all. A treatment mail that may go counts from here on. */
  ask(request: ContactRequest): ContactVerdict {
    if (request.basis === 'transactional') return { action: 'go' };
    const { sendWindow } = request;
    const bars = sendWindow ? [sendWindowBar(sendWindow, this.facts.zone), ...this.shared] : this.shared;
    const byTime = this.byTime(request, bars);
    if (byTime?.action === 'skip' || request.arm === 'holdout') return byTime ?? { action: 'go' };
    const byCap = this.byCap(request, bars, byTime?.until ?? this.now);
    const held = byCap ?? byTime;
    if (held) return held;
    this.contacts.push({ at: this.now, campaignId: request.campaignId, priority: request.priority });
    return { action: 'go' };
  }

  /** The rules of time; of those that hold now the one that lasts longest is the reason, the first among equals. */
  private byTime(request: ContactRequest, bars: readonly Bar[]): Held | undefined {
    const hindrances = [
      ...bars.filter((bar) => holds(bar, this.now)).map((bar) => this.hindrance(bar)),
      ...this.hold(request),
    ];
    const [first] = hindrances;
    if (!first) return undefined;
    const longest = hindrances.reduce((one, other) => (other.until > one.until ? other : one), first);
    const lookAgain = hindrances.find(({ reason }) => reason === 'on_hold')?.until ?? this.now;
    return this.verdict(request, longest, firstClear(bars, lookAgain, this.limit(request)));
  }

  private hindrance(bar: Bar): Hindrance {
    const furthest = new Date(this.now.getTime() + LONGEST_DEFERRAL_MS);
    return { reason: bar.reason, until: firstClear([bar], this.now, furthest), values: () => barValues(bar, this.now) };
  }

  /** A condition has no end that could be known: it is asked again every hour, the last time when the mail expires. */
  private hold({ expiresAt, campaignId }: ContactRequest): Hindrance[] {
    const { onHold } = this.facts;
    if (!onHold?.holds || onHold.silenceBut === campaignId) return [];
    const { values } = onHold;
    // Silence is not waited for: a mail that would come when somebody is back after months is the wrong one.
    if (onHold.silenceBut !== undefined) {
      return [
        { reason: 'on_hold', until: new Date(this.now.getTime() + 2 * LONGEST_DEFERRAL_MS), values: () => values },
      ];
    }
    const inAnHour = this.now.getTime() + HOLD_LOOKED_AT_EVERY_MS;
    const lastChance = this.now < expiresAt ? expiresAt.getTime() : Infinity;
    return [{ reason: 'on_hold', until: new Date(Math.min(inAnHour, lastChance)), values: () => values }];
  }

  /** The cap, from the instant that the rules of time allow; undefined where there is room then. */
  private byCap(request: ContactRequest, bars: readonly Bar[], from: Date): Held | undefined {
    const rooms = this.caps.map((cap) => ({ cap, room: this.room(cap, from) }));
    const [first] = rooms;
    if (!first) return undefined;
    const roomAt = (at: Date): Date => this.caps.map((cap) => this.room(cap, at)).reduce(later);
    const limit = this.limit(request);
    const { cap, room } = rooms.reduce((one, other) => (other.room > one.room ? other : one), first);
    if (room <= from) return undefined;
    let until = firstClear(bars, room, limit);
    // Where the rules of time move it on, the cap is asked there again, and the other way round.
    for (let next = roomAt(until); next > until && until <= limit; next = roomAt(until)) {
      until = firstClear(bars, next, limit);
    }
    return this.verdict(request, { ...this.full(request, cap, from), until: room }, until);
  }

  private room({ maxMessages, per }: Cap, at: Date): Date {
    return roomFrom(this.contacts, maxMessages, per, this.facts.zone, at);
  }

  /** The cap is full: because a campaign of higher priority took the place while this mail wanted it, or just so. */
  private full(
    { campaignId, priority, plan }: ContactRequest,
    { maxMessages, per, byCustomer }: Cap,
    at: Date,
  ): Omit<Hindrance, 'until'> {
    const counting = counted(this.contacts, per, this.facts.zone, at);
    const rivals = counting.filter((one) => one.campaignId !== campaignId && one.priority > priority && one.at >= plan);
    const values = (): Record<string, unknown> => ({
      ...{ count: counting.length, maxMessages, per: formatDuration(per) },
      ...(byCustomer ? { byCustomer } : {}),
    });
    if (counting.length - rivals.length >= maxMessages) return { reason: 'frequency_cap', values };
    const by = rivals.map((rival) => ({ campaignId: rival.campaignId, priority: rival.priority }));
    return { reason: 'outranked', values: () => ({ ...values(), priority, by }) };
  }

  private verdict(request: ContactRequest, hindrance: Hindrance, until: Date): Held {
    const { reason, until: ends } = hindrance;
    // How long the rule holds by itself; a condition has no such end.
    const values = (): Record<string, unknown> =>
      reason === 'on_hold' ? hindrance.values() : { ...hindrance.values(), until: ends.toISOString() };
    if (until <= this.limit(request)) return { action: 'defer', until, reason, values: show(request, values) };
    const withExpiry = (): Record<string, unknown> => ({ ...values(), expiresAt: request.expiresAt.toISOString() });
    return { action: 'skip', reason, values: show(request, withExpiry) };
  }

  private limit({ expiresAt }: ContactRequest): Date {
    return new Date(Math.min(expiresAt.getTime(), this.now.getTime() + LONGEST_DEFERRAL_MS));
  }
}

function later(a: Date, b: Date): Date {
  return b > a ? b : a;
}

function show({ shown }: ContactRequest, values: () => Record<string, unknown>): Record<string, unknown> {
  return shown === false ? {} : values();
}

const knownBars = new WeakMap<ContactPolicy, Map<string, readonly Bar[]>>();

/** The bars of a policy for those who live in a zone. Policies are not changed, so the answer is kept. */
function barsOf(policy: ContactPolicy, zone: string): readonly Bar[] {
  let byZone = knownBars.get(policy);
  if (!byZone) knownBars.set(policy, (byZone = new Map<string, readonly Bar[]>()));
  let bars = byZone.get(zone);
  if (!bars) {
    const { quietHours, blackout } = policy;
    const quiet = quietHours && quietHoursBar(quietHours, zone);
    const dates = blackout.length > 0 ? blackoutBar(blackout, quiet?.zone ?? zone) : null;
    byZone.set(zone, (bars = [quiet, dates].filter((bar) => bar !== null)));
  }
  return bars;
}
