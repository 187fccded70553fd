import { allowance, type DestinationPace, opensAt } from './destination-pace';
import { groupOfAddress } from './destination-group';

/**
 * Mails that something holds back stand in a lane of their own, so that the claim never has to look past them: the sending
 * domain that is paused or capped, and the destination group that is limited, each empty where it does not matter.
 */
export interface Lane {
  sender: string;
  destination: string;
}

/** What holds mails back at the moment. */
export interface Limits {
  /** Sending domains that are paused, and until when if it ends by itself. */
  paused: ReadonlyMap<string, Date | null>;
  /** Mails that capped sending domains may still take up today. */
  left: ReadonlyMap<string, number>;
  /** When the caps of today end. */
  nextDay: Date;
  paces: ReadonlyMap<string, DestinationPace>;
  /** Mails of limited groups that are under way, by group. */
  leased: ReadonlyMap<string, number>;
}

export interface WaitingLane {
  lane: string;
  /** When the first of its mails is due. */
  due: Date;
}

/** How a lane stands in the ledger. */
export function laneText({ sender, destination }: Lane): string {
  return `${sender}/${destination}`;
}

export function readLane(text: string): Lane {
  const [sender = '', destination = ''] = text.split('/');
  return { sender, destination };
}

/** The lane of a mail, undefined when nothing holds it back. */
export function laneOf(mail: { senderDomain: string; recipient: string | null }, limits: Limits): string | undefined {
  const { senderDomain, recipient } = mail;
  const sender = limits.paused.has(senderDomain) || limits.left.has(senderDomain) ? senderDomain : '';
  const group = recipient === null ? '' : groupOfAddress(recipient);
  const destination = limits.paces.has(group) ? group : '';
  return sender === '' && destination === '' ? undefined : laneText({ sender, destination });
}

/** Whether nothing holds the mails of a lane back any more as they stand: they go back among the others. */
export function isLaneOver(text: string, limits: Limits): boolean {
  const { sender, destination } = readLane(text);
  const isHeld = sender !== '' && (limits.paused.has(sender) || limits.left.has(sender));
  return !isHeld && !(destination !== '' && limits.paces.has(destination));
}

/**
 * How many mails may be taken from which lane, `room` in all. Pure. Each gets an even share, and not more than its sender
 * and its destination allow; what one lane is given another with the same sender or destination no longer has.
 */
export function allotLanes(
  lanes: readonly WaitingLane[],
  limits: Limits,
  room: number,
  now: Date,
): Map<string, number> {
  const left = new Map(limits.left);
  const open = new Map(
    [...limits.paces].map(([name, pace]) => [name, allowance(pace, limits.leased.get(name) ?? 0, now)]),
  );
  const allotted = new Map<string, number>();
  const due = lanes.filter((lane) => lane.due <= now);
  let rest = room;
  due.forEach(({ lane }, at) => {
    const { sender, destination } = readLane(lane);
    if (limits.paused.has(sender)) return;
    const share = Math.ceil(rest / (due.length - at));
    const n = Math.min(share, left.get(sender) ?? Infinity, open.get(destination) ?? Infinity);
    if (n <= 0) return;
    allotted.set(lane, n);
    rest -= n;
    if (left.has(sender)) left.set(sender, (left.get(sender) ?? 0) - n);
    if (open.has(destination)) open.set(destination, (open.get(destination) ?? 0) - n);
  });
  return allotted;
}

/** When something of the lanes can be taken up at the earliest; null when only a person can let it go. */
export function lanesOpenAt(lanes: readonly WaitingLane[], limits: Limits, now: Date): Date | null {
  const times = lanes.flatMap(({ lane, due }) => {
    const { sender, destination } = readLane(lane);
    const until = limits.paused.get(sender);
    if (until === null) return [];
    const pace = limits.paces.get(destination);
    const waits = [
      due,
      ...(until ? [until] : []),
      ...((limits.left.get(sender) ?? Infinity) <= 0 ? [limits.nextDay] : []),
      ...(pace ? [opensAt(pace, now)] : []),
    ];
    return [Math.max(...waits.map((at) => at.getTime()))];
  });
  return times.length === 0 ? null : new Date(Math.min(...times));
}
