import { Injectable } from '@nestjs/common';
import { type Tx } from '../platform/database/database';
import { SettingsStore } from '../platform/settings/settings';

const KEY = 'off-by-default';

/**
 * What is off for people about whom nobody has said anything: topics, and recording of opens and clicks. Two settings say
 * so; what reads it for each mail finds it in one place.
 */
@Injectable()
export class OffByDefault {
  constructor(private readonly settings: SettingsStore) {}

  /** Replaces the names of one sort by others. `isOfSort` tells which of those that stand are of it. */
  async replace(tx: Tx, isOfSort: (name: string) => boolean, names: readonly string[]): Promise<void> {
    const before = (await this.settings.get<string[]>(KEY, tx)) ?? [];
    await this.settings.put(tx, KEY, [...before.filter((name) => !isOfSort(name)), ...names].sort());
  }

  /** Everything that is off by default. */
  async list(): Promise<string[]> {
    return (await this.settings.get<string[]>(KEY)) ?? [];
  }
}
