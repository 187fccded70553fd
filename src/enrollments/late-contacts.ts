import { Injectable } from '@nestjs/common';
import { CampaignPrograms, versionKey } from '../campaigns/campaign-programs';
import { isZone } from '../kernel/local-time';
import { type Reason } from '../kernel/reasons';
import { AppConfig } from '../platform/config/config';
import { type Queryable } from '../platform/database/database';
import { ContactDesks } from './contact-desks';
import { type ContactVerdict } from './domain/contact-policy';

/** A marketing mail that the contact policy let go some time ago and that has not gone yet. */
export interface LateMail {
  enrollmentId: string;
  step: string;
  expiresAt: Date;
}

interface EnrollmentOfMail {
  id: string;
  customer_id: string;
  campaign_id: string;
  version: number;
  timezone: string | null;
}

/**
 * The contact policy for mails that come later than it let them go: a server that asked for patience, an outage, a stop or
 * a pause may carry a mail into the quiet hours. The rules of time are asked again; the cap is not, for the place was taken
 * when the mail was let go.
 */
@Injectable()
export class LateContacts {
  constructor(
    private readonly config: AppConfig,
    private readonly programs: CampaignPrograms,
    private readonly desks: ContactDesks,
  ) {}

  /** What holds each of the mails back now: the instant at which to ask again, or the reason for which it is skipped. */
  async heldBack<Mail extends LateMail>(
    db: Queryable,
    mails: readonly Mail[],
    now: Date,
  ): Promise<Map<Mail, { until: Date } | { reason: Reason }>> {
    const held = new Map<Mail, { until: Date } | { reason: Reason }>();
    if (mails.length === 0) return held;
    const rows = await db.query<EnrollmentOfMail>(
      `select e.id, e.customer_id, e.campaign_id, e.version, c.timezone from enrollments e join customers c on c.id = e.customer_id
       where e.id = any($1::uuid[])`,
      [mails.map(({ enrollmentId }) => enrollmentId)],
    );
    const enrollments = new Map(rows.map((row) => [row.id, row]));
    const programs = await this.programs.load(
      db,
      rows.map((row) => ({ campaignId: row.campaign_id, version: row.version })),
    );
    const zones = new Map(rows.map((row) => [row.customer_id, this.zoneOf(row)]));
    const desks = await this.desks.open(db, zones, now, { cap: false });
    for (const mail of mails) {
      const enrollment = enrollments.get(mail.enrollmentId);
      const desk = enrollment && desks.get(enrollment.customer_id);
      const published = enrollment && programs.get(versionKey(enrollment.campaign_id, enrollment.version));
      if (!desk || !published) continue;
      const { program, definition } = published;
      const verdict = desk.ask({
        ...mail,
        campaignId: enrollment.campaign_id,
        basis: program.basis,
        arm: 'treatment',
        priority: definition.priority,
        plan: now,
        sendWindow: program.sendWindow ?? null,
      });
      const what = heldBy(verdict);
      if (what) held.set(mail, what);
    }
    return held;
  }

  private zoneOf({ timezone }: EnrollmentOfMail): string {
    return timezone !== null && isZone(timezone) ? timezone : this.config.store.timezone;
  }
}

function heldBy(verdict: ContactVerdict): { until: Date } | { reason: Reason } | undefined {
  switch (verdict.action) {
    case 'go':
      return undefined;
    case 'defer':
      return { until: verdict.until };
    case 'skip':
      return { reason: verdict.reason };
    default:
      return verdict satisfies never;
  }
}
