import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each customer's own lapse threshold, and how often it has gone by, beside what is expected of them. */
export class KeepOwnLapseThresholds1764200580000 implements MigrationInterface {
  name = 'KeepOwnLapseThresholds1764200580000';

  async up(q: QueryRunner): Promise<void> {
    // A threshold needs no model, so somebody of whom nothing is expected may have one. Columns that may be null and
    // checks that are not run over the rows there are (all null): no table is read or rewritten.
    await q.query(`
      alter table customer_predictions
        alter column alive drop not null,
        add column lapse_after integer,
        add column overdue integer,
        add constraint customer_predictions_own_lapse_check
          check (lapse_after between 14 and 365 and overdue >= 0 and (lapse_after is null) = (overdue is null)) not valid`);
    await q.query(`alter table prediction_changes add column lapse_after integer, add column overdue integer`);
    // Where a condition has asked already, one pass at once gives everybody theirs, and starts nothing, as the first does.
    await q.query(`update prediction_state set next_at = asked_at, day = null, after = null, completed_at = null`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
