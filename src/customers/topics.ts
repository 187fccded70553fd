import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Refusal } from '../kernel/errors';
import { Database, type Queryable } from '../platform/database/database';
import { SettingsStore } from '../platform/settings/settings';
import { readTopics, type TopicsSetting } from './domain/read-topics';
import { OffByDefault } from './off-by-default';
import { TopicUses } from './topic-use';

const KEY = 'topics';

/** The kinds of mail that people switch on and off one by one (`settings/topics`). */
@Injectable()
export class Topics {
  constructor(
    private readonly database: Database,
    private readonly settings: SettingsStore,
    private readonly uses: TopicUses,
    private readonly off: OffByDefault,
    private readonly audit: AuditLog,
  ) {}

  /** The setting; no topics where none were made. `for share`: they stay as they are until the transaction ends. */
  async view(db: Queryable = this.database, lock?: 'for share'): Promise<TopicsSetting> {
    if (lock) await db.query('select 1 from settings where key = $1 for share', [KEY]);
    return (await this.settings.get<TopicsSetting>(KEY, db)) ?? { topics: [] };
  }

  /**
   * Replaces the topics. What people said about one that goes is kept, and holds again if it comes back.
   *
   * @throws Refusal (422) with every fault, 409 when one that goes is in use.
   */
  async change(body: unknown): Promise<TopicsSetting> {
    const { setting, faults } = readTopics(body);
    if (faults.length > 0) throw Refusal.invalid(faults);
    return this.database.transaction(async (tx) => {
      const before = await this.view(tx);
      await this.settings.put(tx, KEY, setting);
      for (const { key } of before.topics) {
        if (setting.topics.some((topic) => topic.key === key)) continue;
        const using = await this.uses.usesOf(tx, key);
        if (using.length > 0) throw Refusal.conflict(`The topic ${key} is in use by ${using.join(', ')}.`);
      }
      await this.off.replace(
        tx,
        (name) => !name.includes('.'),
        setting.topics.filter((topic) => !topic.default).map(({ key }) => key),
      );
      await this.audit.record(tx, { action: 'settings.topics', resource: 'settings:topics', before, after: setting });
      return setting;
    });
  }
}
