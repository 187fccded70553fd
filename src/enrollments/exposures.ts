import { Injectable } from '@nestjs/common';
import { type Arm } from './domain/decide-entry';
import { ExperimentHolders } from '../campaigns/experiment-holders';
import { newId } from '../kernel/ids';
import { type Tx } from '../platform/database/database';
import { type ExposureAnswer, insertExposures, type NewExposure } from './data/exposures.sql';

/** Somebody who was in an experiment run with another tool. */
export interface Exposure {
  campaignKey: string;
  customerExternalId: string;
  arm: Arm;
  enteredAt: Date;
}

/** An exposure that was left out, by its index. `field` is the one at fault. */
export interface RefusedExposure {
  at: number;
  field: keyof Exposure;
  message: string;
}

/** Experiments run elsewhere, kept as enrollments that are over, so that their lift is read like any other. */
@Injectable()
export class Exposures {
  constructor(private readonly holders: ExperimentHolders) {}

  /**
   * Takes exposures in, one a person and campaign; repeating one changes nothing. Answers who is new to an experiment and
   * what was left out. Three statements, and two more a campaign that is new.
   * @param holdout the share that was planned to be held out, for campaigns that are made here
   */
  async add(
    tx: Tx,
    exposures: readonly Exposure[],
    holdout: number,
    now: Date,
  ): Promise<{ customerIds: string[]; refused: RefusedExposure[] }> {
    const keys = [...new Set(exposures.map(({ campaignKey }) => campaignKey))].sort();
    const campaigns = await this.holders.idsIn(tx, keys, holdout, now);
    const refused: RefusedExposure[] = [];
    const rows: NewExposure[] = [];
    const places: number[] = [];
    exposures.forEach(({ campaignKey, ...exposure }, at) => {
      const campaignId = campaigns.get(campaignKey);
      if (campaignId === undefined) {
        const message = 'is a campaign of this engine; give the experiment a key of its own';
        refused.push({ at, field: 'campaignKey', message });
        return;
      }
      rows.push({ id: newId(now), campaignId, ...exposure });
      places.push(at);
    });
    const answers = rows.length === 0 ? [] : await tx.query<ExposureAnswer>(insertExposures(rows));
    const fresh = new Set<string>();
    for (const answer of answers) {
      const at = places[answer.at] ?? -1;
      if (answer.customerId === null) {
        refused.push({ at, field: 'customerExternalId', message: 'is no customer; import the customers first' });
      } else if (answer.other !== null) {
        refused.push({ at, field: 'arm', message: `contradicts an earlier row: the customer is in ${answer.other}` });
      } else if (answer.isNew) fresh.add(answer.customerId);
    }
    return { customerIds: [...fresh], refused };
  }
}
