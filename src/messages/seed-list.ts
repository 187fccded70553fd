import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { type Effect } from '../enrollments/effects.types';
import { newId } from '../kernel/ids';
import { localDate, startOfDay } from '../kernel/local-time';
import { Refusal } from '../kernel/errors';
import { AppConfig } from '../platform/config/config';
import { Database, type Tx } from '../platform/database/database';
import { SettingsStore } from '../platform/settings/settings';
import { insertMessages, type NewMessage } from './data/insert-messages.sql';
import { messageIdHeader } from './domain/mail-envelope';
import { readSeedList, type SeedList } from './domain/read-seed-list';

const KEY = 'seed-list';
const NOBODY: SeedList = { addresses: [] };

/**
 * The seed list: each address gets one copy a day of each step that mails, made of the first mail of that day, so that a
 * shop sees what arrives in which folder. Copies are rows of the ledger of the origin `seed` without a customer or an
 * enrollment: no figure, cap or contact knows them. The coupon in one is an example; what it shows of a person is that
 * first recipient's.
 */
@Injectable()
export class SeedLists {
  constructor(
    private readonly database: Database,
    private readonly settings: SettingsStore,
    private readonly audit: AuditLog,
    private readonly config: AppConfig,
  ) {}

  async view(): Promise<SeedList> {
    return (await this.settings.get<SeedList>(KEY)) ?? NOBODY;
  }

  /** @throws Refusal 422 with every fault. */
  async change(body: unknown): Promise<SeedList> {
    const { list, faults } = readSeedList(body);
    if (faults.length > 0) throw Refusal.invalid(faults);
    await this.database.transaction(async (tx) => {
      const before = (await this.settings.get<SeedList>(KEY, tx)) ?? NOBODY;
      await this.settings.put(tx, KEY, list);
      await this.audit.record(tx, {
        action: 'settings.seed-list',
        resource: 'settings:seed-list',
        before,
        after: list,
      });
    });
    return list;
  }

  /**
   * Enters the copies that the mails of a batch give rise to, in its transaction. A copy that stands in the ledger
   * already stays alone, whichever worker entered it: its origin id is made of day, campaign and address.
   */
  async enter(tx: Tx, effects: readonly Effect[], now: Date): Promise<void> {
    const firsts = new Map<string, Effect>();
    for (const effect of effects) {
      const step = `${effect.campaignId} ${effect.step}`;
      if (effect.decision.status === 'queued' && !firsts.has(step)) firsts.set(step, effect);
    }
    if (firsts.size === 0) return;
    const { addresses } = (await this.settings.get<SeedList>(KEY, tx)) ?? NOBODY;
    if (addresses.length === 0) return;
    const zone = this.config.store.timezone;
    const day = startOfDay(localDate(now, zone), zone);
    const rows = [...firsts.values()].flatMap((effect) =>
      addresses.map((address) => this.copy(effect, address, day, now)),
    );
    await tx.execute(insertMessages(rows, now));
  }

  private copy(effect: Effect, address: string, day: Date, now: Date): NewMessage {
    const id = newId(now);
    return {
      id,
      origin: 'seed',
      originId: copyId(day, `${effect.campaignId} ${address}`),
      enrollmentId: null,
      campaignId: effect.campaignId,
      customerId: null,
      shownCustomerId: effect.customerId,
      step: effect.step,
      status: 'queued',
      reason: null,
      basis: effect.basis,
      topic: effect.topic,
      template: effect.template,
      locale: effect.mail.locale,
      recipient: address,
      sender: effect.sender,
      utm: effect.utm,
      recommend: effect.recommend,
      survey: effect.survey,
      dueAt: effect.dueAt,
      expiresAt: effect.expiresAt,
      messageIdHeader: messageIdHeader(id, (effect.sender ?? this.config.mailFrom).address),
      triggerOrderId: effect.triggerOrderId,
      triggerEventId: effect.triggerEventId,
    };
  }
}

/** A UUID of version 7 whose time is the day's and whose other bits are a hash: the same for the same day and text. */
function copyId(day: Date, text: string): string {
  const octets = createHash('sha256').update(text).digest().subarray(0, 16);
  octets.writeUIntBE(day.getTime(), 0, 6);
  octets.writeUInt8((octets.readUInt8(6) & 0x0f) | 0x70, 6);
  octets.writeUInt8((octets.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = octets.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
