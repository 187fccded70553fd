import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { newId } from '../kernel/ids';
import { type Tx } from '../platform/database/database';
import { type CampaignRow } from './data/campaign-rows';
import { CampaignsRepository } from './data/campaigns.repository';
import { compile } from './domain/compile';
import { readDefinition } from './domain/read-definition';

/** Campaigns that never ran here: archived from the beginning, they hold an experiment run with another tool. */
@Injectable()
export class ExperimentHolders {
  constructor(
    private readonly repository: CampaignsRepository,
    private readonly audit: AuditLog,
  ) {}

  /**
   * The campaigns of these keys, those that are missing made, with the share that was planned to be held out. A key is
   * not in the answer when its campaign belongs to this engine: one that is a draft, runs, or ever ran.
   */
  async idsIn(tx: Tx, keys: readonly string[], holdout: number, now: Date): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    for (const key of keys) {
      const row = (await this.repository.find(tx, key)) ?? (await this.make(tx, key, holdout, now));
      if (row.key === key && row.status === 'archived' && row.activated_at === null) ids.set(key, row.id);
    }
    return ids;
  }

  private async make(tx: Tx, key: string, holdout: number, now: Date): Promise<CampaignRow> {
    const read = readDefinition({
      key,
      name: key,
      purpose: 'custom',
      trigger: { on: 'manual' },
      holdout,
      steps: [{ kind: 'exit' }],
    });
    const { definition } = read;
    const none = new Map<string, string>();
    const row: CampaignRow = {
      id: newId(now),
      key,
      name: key,
      status: 'archived',
      version: 1,
      live_version: null,
      revision: 1,
      salt: randomBytes(16).toString('hex'),
      holdout_group: null,
      epoch: 1,
      activated_at: null,
      paused_at: null,
      archived_at: now,
      created_at: now,
      updated_at: now,
      definition,
    };
    await this.repository.insert(tx, row, {
      version: 1,
      epoch: 1,
      definition,
      program: compile(definition, none, none, none, none),
    });
    await this.repository.publish(tx, row.id, 1, now);
    await this.repository.update(tx, row);
    await this.audit.record(tx, { action: 'campaign.create', resource: `campaign:${row.id}`, after: definition });
    return row;
  }
}
