/** A ticket of the help desk was opened or closed. */
export interface TicketEvent {
  /** Its id; empty for all that have none. */
  ticket: string;
  opened: boolean;
  at: Date;
}

/** How many tickets are open by these events: opened later than they were ever closed. */
export function openTickets(events: readonly TicketEvent[]): number {
  const last = new Map<string, { opened: number; closed: number }>();
  for (const { ticket, opened, at } of events) {
    const known = last.get(ticket) ?? { opened: -Infinity, closed: -Infinity };
    const kind = opened ? 'opened' : 'closed';
    last.set(ticket, { ...known, [kind]: Math.max(known[kind], at.getTime()) });
  }
  return [...last.values()].filter(({ opened, closed }) => opened > closed).length;
}

/** The same as of an instant. */
export function openTicketsAt(events: readonly TicketEvent[], asOf: Date): number {
  return openTickets(events.filter(({ at }) => at <= asOf));
}
