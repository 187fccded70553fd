import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { newId } from '../kernel/ids';
import { HIDDEN_LINK } from '../messages/hidden-link';
import { LinkTokens } from '../messages/link-tokens';
import { type HitRequest, machineRule, RULE_VERSION, USER_AGENT_LIMIT, userAgentRule } from './domain/classify-hit';
import { HitRecorder, type Recording } from './hit-recorder';
import { type Hit, type HitKind } from './tracking.types';

/** User agents whose verdict is remembered: a shop's readers use a few hundred. */
const REMEMBERED = 2_000;

/**
 * Where a click goes, or why it goes nowhere. `kept`: it is safe, and its way is known as soon as the database is back; only
 * for links that do not carry it.
 */
export type ClickOutcome = { to: string } | 'unknown' | 'kept' | 'unavailable';

/** What became of an unsubscribe. `kept`: it is safe and takes effect as soon as the database is back. */
export type UnsubscribeOutcome = 'done' | 'kept' | 'unknown' | 'unavailable';

/** Opens, clicks and one-click unsubscribes: from the token to the record. */
@Injectable()
export class TrackingService {
  private readonly verdicts = new Map<string, string | null>();

  constructor(
    private readonly tokens: LinkTokens,
    private readonly recorder: HitRecorder,
    private readonly clock: Clock,
  ) {}

  /** Records an open; resolves when the hit is safe. False: the token is not ours, or there is no room. */
  async open(token: string, request: HitRequest): Promise<boolean> {
    const read = this.tokens.read('open', token);
    if (!read) return false;
    const recording = await this.recorder.record(this.hit('open', read.messageId, null, request));
    return recording !== 'turned_away';
  }

  /**
   * Records a click and says where the stored message leads; where the record cannot be asked in time, as its token says,
   * which we signed when the message was stored. Nothing else in the request has a say in that.
   */
  async click(token: string, request: HitRequest): Promise<ClickOutcome> {
    const read = this.tokens.read('click', token);
    if (!read) return 'unknown';
    const recording = await this.recorder.record(this.hit('click', read.messageId, read.index, request));
    if (recording === 'turned_away') return 'unavailable';
    if (recording === 'kept') return read.target === undefined ? 'kept' : { to: read.target };
    return recording.url === null ? 'unknown' : { to: recording.url };
  }

  /**
   * Unsubscribes the receiver of a message. Whoever holds the token may, a mailbox provider's machine included: that is
   * what one-click means. Again and again is fine.
   *
   * @param source `one_click`, `page` or `preferences`
   */
  async unsubscribe(messageId: string, source: string, request: HitRequest): Promise<UnsubscribeOutcome> {
    const hit = this.hit('unsubscribe', messageId, null, request);
    return outcomeOf(await this.recorder.record({ ...hit, machine: false, rule: null, source }));
  }

  private hit(kind: HitKind, messageId: string, linkIndex: number | null, request: HitRequest): Hit {
    const at = this.clock.now();
    const rule = this.rule(request) ?? (linkIndex === HIDDEN_LINK ? 'hidden_link' : null);
    return {
      id: newId(at),
      messageId,
      kind,
      linkIndex,
      at,
      machine: rule !== null,
      rule,
      ruleVersion: RULE_VERSION,
      userAgent: keepable(request.userAgent),
      method: request.method,
    };
  }

  /** As `machineRule` says, with the costly part (some 30 us of regular expressions) remembered. */
  private rule(request: HitRequest): string | null {
    return machineRule(request, (userAgent) => {
      const known = this.verdicts.get(userAgent);
      if (known !== undefined) return known;
      const verdict = userAgentRule(userAgent);
      if (this.verdicts.size >= REMEMBERED) this.verdicts.clear();
      this.verdicts.set(userAgent, verdict);
      return verdict;
    });
  }
}

function outcomeOf(recording: Recording): UnsubscribeOutcome {
  if (recording === 'kept') return 'kept';
  if (recording === 'turned_away') return 'unavailable';
  return recording.known ? 'done' : 'unknown';
}

/** Postgres takes no NUL, and nobody needs a user agent of ten thousand characters. */
function keepable(userAgent: string | undefined): string | null {
  return userAgent?.slice(0, USER_AGENT_LIMIT).replaceAll('\0', '') ?? null;
}
