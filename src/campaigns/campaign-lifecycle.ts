import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { type Tx } from '../platform/database/database';
import { Campaigns, type Tagged } from './campaigns.service';
import { campaignView, type CampaignWarning, type CampaignView } from './campaign-view';
import { CampaignWarnings } from './campaign-warnings';
import { type CampaignRow } from './data/campaign-rows';
import { CampaignsRepository } from './data/campaigns.repository';
import { afterAction, type CampaignAction } from './domain/campaign-transitions';
import { DATE_HAS_PASSED, passedDate } from './domain/passed-date';

/** The campaign's row after a change of its status. */
export interface ChangedCampaign {
  row: CampaignRow;
  tagged: Tagged<CampaignView>;
}

/** The status of a campaign. Enrollments calls this in the transaction in which it treats the people in it. */
@Injectable()
export class CampaignLifecycle {
  constructor(
    private readonly campaigns: Campaigns,
    private readonly clock: Clock,
    private readonly repository: CampaignsRepository,
    private readonly warnings: CampaignWarnings,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Activates, pauses, resumes or archives. Activation checks the definition once more against what it names (a template
   * may have changed since) and publishes its version.
   * @throws Refusal 404, 409 when the status does not allow it, 422 when the definition no longer holds.
   */
  async change(tx: Tx, ref: string, action: CampaignAction): Promise<ChangedCampaign> {
    const row = await this.campaigns.require(tx, ref, true);
    const status = afterAction(row.status, action);
    if (!status) throw Refusal.conflict(`The campaign ${row.key} is ${row.status}; it cannot ${action}.`);
    const now = this.clock.now();
    const after: CampaignRow = { ...row, status, updated_at: now, revision: row.revision + 1 };
    switch (action) {
      case 'activate':
        await this.publish(tx, row, now);
        after.live_version = row.version;
        after.activated_at = now;
        break;
      case 'pause':
        after.paused_at = now;
        break;
      case 'resume':
        after.paused_at = null;
        break;
      case 'archive':
        after.archived_at = now;
        break;
      default:
        return action satisfies never;
    }
    await this.repository.update(tx, after);
    await this.audit.record(tx, {
      action: `campaign.${action}`,
      resource: `campaign:${row.id}`,
      before: { status: row.status },
      after: { status, version: after.live_version },
    });
    return { row: after, tagged: { campaign: campaignView(after), revision: after.revision } };
  }

  /** What the author should know of the definition although it is allowed. */
  warningsOf(tx: Tx, row: CampaignRow): Promise<CampaignWarning[]> {
    return this.warnings.of(tx, row);
  }

  /** Compiled anew, so that the program names the templates as they stand at activation. */
  private async publish(tx: Tx, row: CampaignRow, now: Date): Promise<void> {
    const { definition, program } = await this.campaigns.readToPublish(tx, row, row.definition);
    if (passedDate(definition.trigger, now) === 'everywhere') throw Refusal.invalid([DATE_HAS_PASSED]);
    await this.repository.overwriteVersion(tx, row.id, { version: row.version, epoch: row.epoch, definition, program });
    await this.repository.publish(tx, row.id, row.version, now);
  }
}
