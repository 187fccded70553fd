import { Injectable } from '@nestjs/common';
import { CustomerEvents } from '../customers/customer-events';
import { Clock } from '../kernel/clock';
import { newId } from '../kernel/ids';
import { LinkTokens } from '../messages/link-tokens';
import { MessageMarks } from '../messages/message-marks';
import { AppConfig } from '../platform/config/config';
import { Database, type Tx } from '../platform/database/database';
import { followUpAsked, localeAsked } from '../surveys/asked-survey';
import { surveyVersionKey, SurveyVersions } from '../surveys/survey-versions';
import { type SurveyDefinition } from '../surveys/surveys.types';
import { askedMessage, type AskedMessageRow, holdCustomer, type StoredAnswer } from './data/asked-messages.sql';
import { changeAnswer, type HeldAnswer, holdAnswer, insertAnswer, writeFollowUp } from './data/record-answer.sql';
import { changeableUntil, mayAnswer } from './domain/answer-time';
import { type Answer } from './responses.types';

/**
 * What can be done with a link now: `test`: look, nothing is recorded; `open`: answer; `changeable`: it was answered and
 * may be changed; `answered`: it was answered and stays; `closed`: the time for answering is over.
 */
export type Standing = 'test' | 'open' | 'changeable' | 'answered' | 'closed';

/** What a link of a mail asks, of whom, and how things stand. */
export interface Asked {
  message: AskedMessageRow;
  survey: SurveyDefinition;
  standing: Standing;
  /** Place of the score that the link chose, null: none. */
  chosen: number | null;
  /** Until when the answer may be changed; null while there is none. */
  until: Date | null;
}

export type Recorded = 'recorded' | 'changed' | 'unchanged' | 'too_late' | 'gone';

/** Takes answers: from the link to the record. Only {@link record} and {@link addWords} write. */
@Injectable()
export class AnswerDesk {
  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly tokens: LinkTokens,
    private readonly surveys: SurveyVersions,
    private readonly events: CustomerEvents,
    private readonly marks: MessageMarks,
  ) {}

  /** Undefined: the link is none of ours, its mail asked nothing, or the person was erased. */
  async find(token: string): Promise<Asked | undefined> {
    const link = this.tokens.readSurvey(token);
    if (!link) return undefined;
    const [message] = await this.database.query<AskedMessageRow>(askedMessage(link.messageId));
    if (!message || (message.origin === 'enrollment' && message.customerId === null)) return undefined;
    const asked = { id: message.surveyId, version: message.surveyVersion };
    const survey = (await this.surveys.load(this.database, [asked])).get(surveyVersionKey(asked));
    if (!survey) return undefined;
    const answeredAt = message.response ? new Date(message.response.answeredAt) : null;
    return {
      message,
      survey,
      standing: this.standing(message, answeredAt),
      chosen: link.index,
      until: answeredAt && changeableUntil(answeredAt),
    };
  }

  private standing({ origin, mailAt }: AskedMessageRow, answeredAt: Date | null): Standing {
    if (origin === 'test' || origin === 'seed') return 'test';
    const may = mayAnswer(mailAt, answeredAt, this.clock.now());
    if (answeredAt) return may ? 'changeable' : 'answered';
    return may ? 'open' : 'closed';
  }

  /** The locale to ask in: the person's own, else the mail's, else what is wished, else the shop's. */
  localeOf({ message, survey }: Asked, wish?: string): string {
    return localeAsked(survey, [message.locale, message.messageLocale, wish, this.config.store.locale]);
  }

  /** Until when an answer that is given now may be changed. */
  untilOfNew(): Date {
    return changeableUntil(this.clock.now());
  }

  /**
   * Records an answer, once a message: the first makes the row and the event `survey.answered`, later ones change the
   * row for a day, of two at once the one that comes second. A change of score or choice is the event `survey.changed`.
   * An answer proves that the mail had arrived.
   */
  async record({ message, survey }: Asked, answer: Answer, locale: string): Promise<Recorded> {
    return this.database.transaction(async (tx) => {
      const now = this.clock.now();
      const { customerId, enrollmentId, campaignId, messageId } = message;
      if (customerId === null || enrollmentId === null || campaignId === null) return 'gone';
      if ((await tx.query(holdCustomer(customerId))).length === 0) return 'gone';
      const held = await this.hold(tx, messageId);
      if (!mayAnswer(message.mailAt, held?.answeredAt ?? null, now)) return 'too_late';
      if (held) return this.change(tx, { message, survey }, held, { ...answer, locale }, now);
      const { surveyId, surveyVersion, step, orderId } = message;
      const of = { surveyId, surveyVersion, customerId, messageId, enrollmentId, campaignId, step, orderId };
      const row = { id: newId(now), ...of, kind: survey.kind, scale: this.scaleOf(survey), ...answer, locale };
      const [inserted] = await tx.query<{ id: string }>(insertAnswer(row, now));
      if (!inserted) {
        const other = await this.hold(tx, messageId);
        return other ? this.change(tx, { message, survey }, other, { ...answer, locale }, now) : 'gone';
      }
      await this.announce(tx, 'survey.answered', { customerId, survey, id: inserted.id, answer }, now);
      if (message.isUncertain) await this.marks.apply(tx, [{ messageId, kind: 'answer', at: now, machine: false }]);
      return 'recorded';
    });
  }

  /** Adds what was answered to the follow-up question, or takes it back; for as long as the answer may be changed. */
  async addWords({ message }: Asked, words: string | null): Promise<Recorded> {
    return this.database.transaction(async (tx) => {
      const now = this.clock.now();
      if (message.customerId === null || (await tx.query(holdCustomer(message.customerId))).length === 0) return 'gone';
      const held = await this.hold(tx, message.messageId);
      if (!held) return 'gone';
      if (!mayAnswer(message.mailAt, held.answeredAt, now)) return 'too_late';
      await tx.execute(writeFollowUp(held.id, words, latest(now, held.updatedAt)));
      return 'changed';
    });
  }

  private async hold(tx: Tx, messageId: string): Promise<HeldAnswer | undefined> {
    const [held] = await tx.query<HeldAnswer>(holdAnswer(messageId));
    return held;
  }

  private async change(
    tx: Tx,
    { message: { customerId }, survey }: Pick<Asked, 'message' | 'survey'>,
    held: HeldAnswer,
    answer: Answer & { locale: string },
    now: Date,
  ): Promise<Recorded> {
    const before = { ...held, score: held.score === null ? null : Number(held.score) };
    const isOther = !sameMarks(before, answer);
    if (!isOther && before.comment === answer.comment) return 'unchanged';
    const keepsWords = questionAfter(survey, before) === questionAfter(survey, answer);
    await tx.execute(changeAnswer(held.id, answer, keepsWords, latest(now, held.updatedAt)));
    if (isOther && customerId !== null) {
      await this.announce(tx, 'survey.changed', { customerId, survey, id: held.id, answer }, now);
    }
    return 'changed';
  }

  /** The words of a person stay out of the log: it is read by conditions and goes out to others. */
  private announce(
    tx: Tx,
    type: 'survey.answered' | 'survey.changed',
    { customerId, survey, id, answer }: { customerId: string; survey: SurveyDefinition; id: string; answer: Answer },
    now: Date,
  ): Promise<void> {
    const { score, choice } = answer;
    const properties = { survey: survey.key, kind: survey.kind, score, choice, responseId: id };
    // The first answer is recorded once; it may be changed many times.
    const eventId = type === 'survey.answered' ? `survey:${id}` : null;
    return this.events.record(tx, [{ customerId, type, occurredAt: now, properties, eventId, starts: true }], now);
  }

  private scaleOf({ kind, scale }: SurveyDefinition): (typeof scale & { currency?: string }) | null {
    return scale && (kind === 'number' ? { ...scale, currency: this.config.store.currency } : scale);
  }
}

function sameMarks(before: Omit<Answer, 'comment'>, { score, choice, answers }: Answer): boolean {
  if (before.score !== score || before.choice !== choice) return false;
  const items = Object.entries(answers ?? {});
  const known = new Map(Object.entries(before.answers ?? {}));
  return items.every(([item, mark]) => known.get(item) === mark);
}

/** Which question follows an answer; the words do not matter here. */
function questionAfter(survey: SurveyDefinition, answer: Pick<StoredAnswer, 'score' | 'choice'>): string | undefined {
  return followUpAsked(survey, answer, '');
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}
