import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { TemplatesRepository } from './data/templates.repository';
import { missingVariables } from './missing-variables';

/** A use of a template: which groups of variables (`order`, `event`, `recommendations`, ...) the mail will have. */
export interface TemplateUse {
  templateId: string;
  provided: ReadonlySet<string>;
}

/** What templates need, for those who plan to use them. */
@Injectable()
export class TemplateVariables {
  constructor(private readonly repository: TemplatesRepository) {}

  /** For each use, the variables of the template's latest version that will be empty. One statement. */
  async missing(db: Queryable, uses: readonly TemplateUse[]): Promise<string[][]> {
    const ids = [...new Set(uses.map((use) => use.templateId))];
    const rows = ids.length === 0 ? [] : await this.repository.variables(db, ids);
    const variables = new Map(rows.map((row) => [row.id, row.variables]));
    return uses.map((use) => missingVariables(variables.get(use.templateId) ?? [], use.provided));
  }
}
