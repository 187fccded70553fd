import { Injectable } from '@nestjs/common';
import { ReplenishTimes } from '../catalog/replenish-times';
import { Clock } from '../kernel/clock';
import { type Queryable } from '../platform/database/database';
import { missingVariables } from '../templates/missing-variables';
import { CampaignHandovers } from './campaign-handovers';
import { type CampaignDefinition, type Trigger } from './campaign.types';
import { type CampaignWarning } from './campaign-view';
import { type CampaignRow } from './data/campaign-rows';
import { definitionWarnings } from './domain/definition-warnings';
import { DATE_HAS_PASSED, DATE_HAS_PASSED_SOMEWHERE, passedDate } from './domain/passed-date';
import { providedVariables } from './domain/provided-variables';
import { walkSteps } from './domain/walk-steps';

interface VariablesRow {
  ref: string;
  variables: string[];
}

/** What the author of a campaign should know although it is allowed. */
@Injectable()
export class CampaignWarnings {
  constructor(
    private readonly clock: Clock,
    private readonly handovers: CampaignHandovers,
    private readonly replenishing: ReplenishTimes,
  ) {}

  /** Of the latest version of a campaign, each with the path of what it is about. */
  async of(db: Queryable, row: CampaignRow): Promise<CampaignWarning[]> {
    return [
      ...(await this.emptyVariables(db, row.definition)),
      ...definitionWarnings(row.definition),
      ...this.passed(row.definition.trigger),
      ...(await this.handovers.warnings(db, row)),
      ...(await this.emptyPools(db, row.definition)),
      ...(await this.unknownTimes(db, row.definition)),
    ];
  }

  /** Variables of the steps' templates that neither the trigger nor the step provides: they will be empty in the mail. */
  private async emptyVariables(db: Queryable, { steps, trigger }: CampaignDefinition): Promise<CampaignWarning[]> {
    const emails = walkSteps(steps).flatMap(({ step, path }) => (step.kind === 'email' ? [{ step, path }] : []));
    if (emails.length === 0) return [];
    const rows = await db.query<VariablesRow>(
      `select r.ref, v.variables from unnest($1::text[]) as r (ref)
       join templates t on t.key = r.ref or t.id::text = r.ref
       join template_versions v on v.template_id = t.id and v.version = t.version`,
      [[...new Set(emails.map(({ step }) => step.template))]],
    );
    const variables = new Map(rows.map((row) => [row.ref, row.variables]));
    return emails.flatMap(({ step, path }) =>
      missingVariables(variables.get(step.template) ?? [], providedVariables(trigger, step)).map((name) => ({
        path: `${path}.template`,
        message: `the template ${step.template} uses ${name}, which this campaign does not provide; it will be empty`,
      })),
    );
  }

  /** Pools without a code to give; the pool itself warns before. */
  private async emptyPools(db: Queryable, { steps }: CampaignDefinition): Promise<CampaignWarning[]> {
    const wanting = walkSteps(steps).flatMap(({ step, path }) =>
      step.kind === 'email' && step.coupon !== undefined ? [{ ref: step.coupon, path: `${path}.coupon` }] : [],
    );
    if (wanting.length === 0) return [];
    const rows = await db.query<{ ref: string }>(
      `select r.ref from unnest($1::text[]) as r (ref) join coupon_pools p on p.key = r.ref or p.id::text = r.ref
       where not exists (select 1 from coupons c where c.pool_id = p.id and c.state = 'free')`,
      [[...new Set(wanting.map(({ ref }) => ref))]],
    );
    const empty = new Set(rows.map(({ ref }) => ref));
    return wanting
      .filter(({ ref }) => empty.has(ref))
      .map(({ ref, path }) => ({ path, message: `the coupon pool ${ref} has no code left` }));
  }

  /** Waits until replenishment in a shop that has too little history for the time of any product. */
  private async unknownTimes(db: Queryable, { steps }: CampaignDefinition): Promise<CampaignWarning[]> {
    const waits = walkSteps(steps).flatMap(({ step, path }) =>
      step.kind === 'wait' && step.until !== undefined ? [{ path: `${path}.until`, fallback: step.fallback }] : [],
    );
    if (waits.length === 0 || (await this.replenishing.isAnyKnown(db))) return [];
    return waits.map(({ path, fallback }) => ({
      path,
      message: `after how long a product is bought again is not known of any yet; until then ${
        fallback === 'exit' ? 'everybody leaves here' : "it is the shop's time between orders, else 30 days"
      }`,
    }));
  }

  private passed(trigger: Trigger): CampaignWarning[] {
    const passed = passedDate(trigger, this.clock.now());
    if (passed === 'no') return [];
    return [passed === 'everywhere' ? DATE_HAS_PASSED : DATE_HAS_PASSED_SOMEWHERE];
  }
}
