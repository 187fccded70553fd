import { Injectable } from '@nestjs/common';
import { isUuid } from '../../kernel/ids';
import { type Queryable, type Tx } from '../../platform/database/database';
import { type CompiledLocale, type LocaleSource, type TemplateKind } from '../domain/compile-locale';

export interface TemplateRow {
  id: string;
  key: string;
  name: string;
  kind: TemplateKind;
  default_locale: string;
  version: number;
  created_at: Date;
  updated_at: Date;
}

export interface VersionRow {
  template_id: string;
  version: number;
  name: string;
  kind: TemplateKind;
  default_locale: string;
  locales: Record<string, LocaleSource>;
  compiled: Record<string, CompiledLocale>;
  variables: string[];
  created_at: Date;
}

export type SummaryRow = TemplateRow & { locale_names: string[] };

const TEMPLATE = 't.id, t.key, t.name, t.kind, t.default_locale, t.version, t.created_at, t.updated_at';
const VERSION =
  'v.template_id, v.version, v.name, v.kind, v.default_locale, v.locales, v.compiled, v.variables, v.created_at';

/** The templates' tables. */
@Injectable()
export class TemplatesRepository {
  /** By id or key; locked for a change of it when `lock`. */
  async find(db: Queryable, ref: string, lock = false): Promise<TemplateRow | undefined> {
    const [row] = await db.query<TemplateRow>(
      `select ${TEMPLATE} from templates t where ${isUuid(ref) ? 't.id' : 't.key'} = $1${lock ? ' for update' : ''}`,
      [ref],
    );
    return row;
  }

  /** Newest first, older than the id `before`. The names of the locales, not their sources: those are large. */
  async page(db: Queryable, before: string | null, limit: number): Promise<SummaryRow[]> {
    return db.query<SummaryRow>(
      `select ${TEMPLATE}, array(select jsonb_object_keys(v.locales) order by 1) as locale_names
       from templates t join template_versions v on v.template_id = t.id and v.version = t.version
       where $1::uuid is null or t.id < $1::uuid order by t.id desc limit $2`,
      [before, limit],
    );
  }

  async version(db: Queryable, id: string, version: number): Promise<VersionRow | undefined> {
    const [row] = await db.query<VersionRow>(
      `select ${VERSION} from template_versions v where v.template_id = $1 and v.version = $2`,
      [id, version],
    );
    return row;
  }

  /** Newest first, below the version `before`. */
  async versions(db: Queryable, id: string, before: number | null, limit: number): Promise<VersionRow[]> {
    return db.query<VersionRow>(
      `select ${VERSION} from template_versions v
       where v.template_id = $1 and ($2::int is null or v.version < $2) order by v.version desc limit $3`,
      [id, before, limit],
    );
  }

  /** The versions asked for, as pairs of id and number; what does not exist is left out. */
  async compiled(
    db: Queryable,
    ids: readonly string[],
    versions: readonly number[],
  ): Promise<Array<Pick<VersionRow, 'template_id' | 'version' | 'kind' | 'default_locale' | 'compiled'>>> {
    return db.query(
      `select v.template_id, v.version, v.kind, v.default_locale, v.compiled
       from unnest($1::uuid[], $2::int[]) as wanted (id, version)
       join template_versions v on v.template_id = wanted.id and v.version = wanted.version`,
      [ids, versions],
    );
  }

  /** Variables of the latest versions of templates, by id. */
  async variables(db: Queryable, ids: readonly string[]): Promise<Array<{ id: string; variables: string[] }>> {
    return db.query(
      `select t.id, v.variables from templates t
       join template_versions v on v.template_id = t.id and v.version = t.version where t.id = any($1::uuid[])`,
      [ids],
    );
  }

  /** Variables of the versions asked for; what does not exist is left out. */
  async variablesOf(
    db: Queryable,
    versions: ReadonlyArray<{ id: string; version: number }>,
  ): Promise<Array<{ id: string; version: number; variables: string[] }>> {
    return db.query(
      `select v.template_id as id, v.version, v.variables
       from unnest($1::uuid[], $2::int[]) as wanted (id, version)
       join template_versions v on v.template_id = wanted.id and v.version = wanted.version`,
      [versions.map(({ id }) => id), versions.map(({ version }) => version)],
    );
  }

  async insert(tx: Tx, row: TemplateRow): Promise<void> {
    await tx.execute(
      `insert into templates (id, key, name, kind, default_locale, version, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [row.id, row.key, row.name, row.kind, row.default_locale, row.version, row.created_at, row.updated_at],
    );
  }

  async insertVersion(tx: Tx, row: VersionRow): Promise<void> {
    await tx.execute(
      `insert into template_versions (template_id, version, name, kind, default_locale, locales, compiled, variables,
         created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8::text[], $9)`,
      [
        row.template_id,
        row.version,
        row.name,
        row.kind,
        row.default_locale,
        JSON.stringify(row.locales),
        JSON.stringify(row.compiled),
        row.variables,
        row.created_at,
      ],
    );
  }

  /** Points the template at a new latest version. */
  async advance(tx: Tx, row: TemplateRow): Promise<void> {
    await tx.execute(
      `update templates set name = $2, kind = $3, default_locale = $4, version = $5, updated_at = $6 where id = $1`,
      [row.id, row.name, row.kind, row.default_locale, row.version, row.updated_at],
    );
  }
}
