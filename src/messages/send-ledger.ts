import { Injectable } from '@nestjs/common';
import { type Effect } from '../enrollments/effects.types';
import { Coupons } from '../incentives/coupons';
import { newId } from '../kernel/ids';
import { AppConfig } from '../platform/config/config';
import { type Tx } from '../platform/database/database';
import { insertMessages, messagesThatStand, type NewMessage } from './data/insert-messages.sql';
import { messageIdHeader } from './domain/mail-envelope';

/** A mail that somebody asked for to see a template. */
export interface TestMail {
  to: string;
  /** Whose data it shows. It is no mail to this person. */
  customerId: string | null;
  locale: string | null;
  template: { id: string; version: number; key: string };
  /** What it asks; the page behind its links records nothing. */
  survey: { id: string; version: number } | null;
}

/** A mail that asks somebody to confirm a subscription. */
export interface ConfirmationMail {
  requestId: string;
  customerId: string;
  to: string;
  locale: string | null;
  template: { id: string; version: number; key: string };
}

const DAY_MS = 86_400_000;

/** The door into the send ledger: everything that is ever mailed is a row of it first. */
@Injectable()
export class SendLedger {
  constructor(
    private readonly config: AppConfig,
    private readonly coupons: Coupons,
  ) {}

  /**
   * Enters what e-mail steps decided, in the transaction that advances their enrollments: every due step leaves its row,
   * the skipped and held-out ones too. Who was moved back to a mail that they have had gets neither the mail nor the code
   * that was taken for it; these effects are returned.
   */
  async enter(tx: Tx, effects: readonly Effect[], now: Date): Promise<Effect[]> {
    const rows = effects.map((effect) => this.ofEffect(effect, now));
    const entered = await tx.execute(insertMessages(rows, now));
    if (entered === rows.length) return [];
    const found = await tx.query<{ id: string }>(messagesThatStand(rows.map(({ id }) => id)));
    const stand = new Set(found.map(({ id }) => id));
    const repeated = effects.filter((_, i) => !stand.has(rows[i]?.id ?? ''));
    await this.coupons.takeBack(
      tx,
      repeated.flatMap(({ coupon }) => coupon?.id ?? []),
    );
    return repeated;
  }

  /** Enters a test mail; returns its id. It is tried for a day. */
  async enterTest(tx: Tx, mail: TestMail, now: Date): Promise<string> {
    const id = newId(now);
    const row: NewMessage = {
      id,
      origin: 'test',
      originId: id,
      enrollmentId: null,
      campaignId: null,
      customerId: null,
      shownCustomerId: mail.customerId,
      step: 'test',
      status: 'queued',
      reason: null,
      basis: 'transactional',
      template: mail.template,
      locale: mail.locale,
      recipient: mail.to,
      sender: null,
      utm: null,
      recommend: null,
      survey: mail.survey,
      dueAt: now,
      expiresAt: new Date(now.getTime() + DAY_MS),
      messageIdHeader: messageIdHeader(id, this.config.mailFrom.address),
      triggerOrderId: null,
      triggerEventId: null,
    };
    await tx.execute(insertMessages([row], now));
    return id;
  }

  /** Enters the mail that asks somebody to confirm a subscription; `id` is the request's. Returns the message's id. */
  async enterConfirmation(tx: Tx, mail: ConfirmationMail, now: Date): Promise<string> {
    const id = newId(now);
    const nothing = {
      sender: null,
      utm: null,
      recommend: null,
      survey: null,
      triggerOrderId: null,
      triggerEventId: null,
    };
    const row: NewMessage = {
      ...nothing,
      ...{ id, origin: 'confirmation', originId: mail.requestId, step: 'confirm', status: 'queued', reason: null },
      ...{ enrollmentId: null, campaignId: null, customerId: mail.customerId, basis: 'transactional' },
      ...{ template: mail.template, locale: mail.locale, recipient: mail.to },
      dueAt: now,
      expiresAt: new Date(now.getTime() + DAY_MS),
      messageIdHeader: messageIdHeader(id, this.config.mailFrom.address),
    };
    await tx.execute(insertMessages([row], now));
    return id;
  }

  private ofEffect(effect: Effect, now: Date): NewMessage {
    const id = effect.coupon?.messageId ?? newId(now);
    const { decision, mail } = effect;
    const sender = effect.sender ?? this.config.mailFrom;
    return {
      id,
      origin: 'enrollment',
      originId: effect.enrollmentId,
      enrollmentId: effect.enrollmentId,
      campaignId: effect.campaignId,
      customerId: effect.customerId,
      step: effect.step,
      status: decision.status,
      reason: decision.status === 'skipped' ? decision.reason : null,
      basis: effect.basis,
      topic: effect.topic,
      template: effect.template,
      locale: mail.locale,
      recipient: mail.email,
      sender: effect.sender,
      utm: effect.utm,
      recommend: effect.recommend,
      survey: effect.survey,
      couponId: effect.coupon?.id ?? null,
      dueAt: effect.dueAt,
      expiresAt: effect.expiresAt,
      messageIdHeader: decision.status === 'queued' ? messageIdHeader(id, sender.address) : null,
      triggerOrderId: effect.triggerOrderId,
      triggerEventId: effect.triggerEventId,
    };
  }
}
