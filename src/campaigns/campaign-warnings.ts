import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { missingVariables } from '../templates/missing-variables';
import { type CampaignDefinition, type EmailStep } from './campaign.types';
import { type CampaignWarning } from './campaign-view';
import { providedVariables } from './domain/provided-variables';

interface VariablesRow {
  ref: string;
  variables: string[];
}

/** What the author of a campaign should know although it is allowed. */
@Injectable()
export class CampaignWarnings {
  /** Variables of the steps' templates that neither the trigger nor the step provides: they will be empty in the mail. */
  async of(db: Queryable, definition: CampaignDefinition): Promise<CampaignWarning[]> {
    const emails = definition.steps
      .map((step, index) => ({ step, path: `steps[${index}].template` }))
      .filter((one): one is { step: EmailStep; path: string } => one.step.kind === 'email');
    const rows = await db.query<VariablesRow>(
      `select r.ref, v.variables from unnest($1::text[]) as r (ref)
       join templates t on t.key = r.ref or t.id::text = r.ref
       join template_versions v on v.template_id = t.id and v.version = t.version`,
      [[...new Set(emails.map(({ step }) => step.template))]],
    );
    const variables = new Map(rows.map((row) => [row.ref, row.variables]));
    return emails.flatMap(({ step, path }) =>
      missingVariables(variables.get(step.template) ?? [], providedVariables(definition.trigger, step)).map((name) => ({
        path,
        message: `the template ${step.template} uses ${name}, which this campaign does not provide; it will be empty`,
      })),
    );
  }
}
