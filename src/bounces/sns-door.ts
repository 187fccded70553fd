import { Injectable } from '@nestjs/common';
import { SystemClock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { AppLogger } from '../platform/logging/logger';
import { PublicGets } from '../platform/outbox/public-gets';
import { isSns, isSnsCertificate, isSnsConfirmation, type SnsMessage } from './domain/provider-signatures';

/** Certificates are few; they change about once a year. */
const KEPT = 20;

/** Messages of Amazon SNS: their proof, and the confirmation that a new subscription asks for. */
@Injectable()
export class SnsDoor {
  private readonly certificates = new Map<string, string>();

  constructor(
    private readonly gets: PublicGets,
    private readonly logger: AppLogger,
  ) {}

  /**
   * What was published, as JSON; undefined where nothing was (a subscription is confirmed on the way).
   * @throws Refusal 401: not from SNS, not of a topic of ours, not signed; 503 where the certificate cannot be had.
   */
  async take(message: SnsMessage, topics: readonly string[], nows: readonly Date[]): Promise<unknown> {
    const { Type: type, TopicArn: topic, SigningCertURL: address } = message;
    const isOurs = topics.includes(topic ?? '') && isSnsCertificate(address);
    if (!isOurs || Object.values(message).some((value) => typeof value !== 'string')) throw unproven();
    const pem = await this.certificate(address);
    if (!isSns(message, pem, nows, new SystemClock().now())) throw unproven();
    if (type === 'SubscriptionConfirmation') {
      if (!isSnsConfirmation(message.SubscribeURL, topic ?? '')) throw unproven();
      await this.gets.get(message.SubscribeURL).catch((error: unknown) => this.unreachable(error));
      this.logger.info('a subscription to a topic of SNS is confirmed', { topic });
      return undefined;
    }
    if (type !== 'Notification') return undefined;
    try {
      return JSON.parse(message.Message ?? '') as unknown;
    } catch {
      // Topics carry other things too, such as the word that SES has begun to publish there.
      return undefined;
    }
  }

  private async certificate(address: string): Promise<string> {
    const known = this.certificates.get(address);
    if (known !== undefined) return known;
    const pem = await this.gets.get(address).catch((error: unknown) => this.unreachable(error));
    if (this.certificates.size >= KEPT) this.certificates.clear();
    this.certificates.set(address, pem.toString('utf8'));
    return pem.toString('utf8');
  }

  private unreachable(error: unknown): never {
    this.logger.failure('Amazon SNS could not be asked', error);
    throw new Refusal('unavailable', 'Amazon SNS could not be asked; send it again.');
  }
}

function unproven(): Refusal {
  return new Refusal('unauthenticated', 'The signature is not good.');
}
