import type { SendOutcome } from './send-outcome';
import type { SmtpEndpoint } from './smtp-url';

/** Among several, a relay that failed is left alone for this long, doubling up to the second figure (ms). */
const BACK_OFF = { first: 1_000, longest: 30_000 };

/** A relay as operators see it. */
export interface RelayState {
  /** `host:port`. */
  relay: string;
  /** False while it is left alone because it failed. */
  isUp: boolean;
  connections: number;
  mails: Readonly<Record<SendOutcome['kind'], number>>;
  /** Connections that did not come about. */
  unreachable: number;
}

/** One server of `SMTP_URL` and how it does. */
export class Relay {
  /** Smooth weighted round robin: the running credit of this server. */
  credit = 0;
  /** Connections that it has, or that are being made. */
  connections = 0;
  /** Whether its last greeting offered SMTPUTF8 (RFC 6531); undefined before the first. */
  offersSmtpUtf8: boolean | undefined;
  private failures = 0;
  private unreachable = 0;
  /** Real time (performance.now) before which it is left alone. */
  private restsUntil = 0;
  private readonly mails = { accepted: 0, refused: 0, withheld: 0, unsent: 0, withdrawn: 0, uncertain: 0 };

  constructor(readonly endpoint: SmtpEndpoint) {}

  get isUp(): boolean {
    return this.restsUntil <= performance.now();
  }

  get hasRoom(): boolean {
    return this.connections < (this.endpoint.connections ?? Infinity);
  }

  /** A connection did not come about. */
  couldNotConnect(): void {
    this.unreachable++;
    this.fail();
  }

  /** What it said, or did, to a mail. One that breaks off, or wants no more now, gives way to the others for a while. */
  ended(outcome: SendOutcome): void {
    this.mails[outcome.kind]++;
    if (outcome.kind === 'accepted' || outcome.kind === 'refused') this.failures = 0;
    if (outcome.kind === 'uncertain' || (outcome.kind === 'unsent' && outcome.stage !== 'gate' && !outcome.busy))
      this.fail();
  }

  state(): RelayState {
    const { host, port } = this.endpoint;
    const { isUp, connections, unreachable } = this;
    return { relay: `${host}:${port}`, isUp, connections, unreachable, mails: { ...this.mails } };
  }

  private fail(): void {
    this.failures++;
    this.restsUntil = performance.now() + Math.min(BACK_OFF.first * 2 ** (this.failures - 1), BACK_OFF.longest);
  }
}

/**
 * The relays to try, the one whose turn it is by weight first; those that failed last, and only when no other is there
 * at all. Those that have all the connections they may have are left out.
 */
export function inTurn(relays: readonly Relay[]): Relay[] {
  const up = relays.filter((relay) => relay.isUp);
  const awake = (up.length > 0 ? up : relays).filter((relay) => relay.hasRoom);
  const total = awake.reduce((sum, { endpoint }) => sum + endpoint.weight, 0);
  for (const relay of awake) relay.credit += relay.endpoint.weight;
  const ordered = [...awake].sort((a, b) => b.credit - a.credit);
  const first = ordered[0];
  if (first) first.credit -= total;
  return ordered;
}
