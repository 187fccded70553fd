import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { KEY_PATTERN, newId } from '../kernel/ids';
import { Database, type Queryable, sqlState, type Tx } from '../platform/database/database';
import { requireMatch } from '../platform/http/etag';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { confirmationFaults } from './confirmation-mail';
import { type TemplateRow, TemplatesRepository, type VersionRow } from './data/templates.repository';
import { type CompiledLocale } from './domain/compile-locale';
import { compileTemplate } from './domain/compile-template';
import { readLocales } from './domain/read-locales';
import { MjmlLayouter } from './mjml-layouter';
import {
  type TemplateKind,
  type TemplateSource,
  type TemplateSummary,
  type TemplateVersionView,
  type TemplateView,
} from './templates.types';

const UNIQUE_VIOLATION = '23505';

/** What others need to know of a template to use it. */
export interface TemplateReference {
  id: string;
  key: string;
  name: string;
  kind: TemplateKind;
  version: number;
}

/** A template as a caller gives it; the shape of its locales is checked with everything else. */
export interface TemplateInput {
  key: string;
  name: string;
  kind?: TemplateKind;
  defaultLocale: string;
  locales: Record<string, unknown>;
}

/**
 * A template that was read and compiled and may be saved. Compiling takes milliseconds a locale, so it is done before a
 * transaction is opened.
 */
export interface PreparedTemplate {
  readonly source: TemplateSource;
  readonly compiled: Readonly<Record<string, CompiledLocale>>;
}

/**
 * Templates and their versions. A change compiles all locales; what is saved renders. `...In` take part in the
 * transaction of somebody else.
 */
@Injectable()
export class Templates {
  constructor(
    private readonly database: Database,
    private readonly repository: TemplatesRepository,
    private readonly layouter: MjmlLayouter,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** The templates, newest first, without their sources. */
  async list({ limit, cursor }: PageQuery): Promise<Page<TemplateSummary>> {
    const before = cursor === undefined ? null : (decodeCursor(cursor, 1)[0] ?? null);
    const rows = await this.repository.page(this.database, before, limit + 1);
    return pageOf(
      rows,
      limit,
      (row) => summary(row, row.locale_names),
      (row) => [row.id],
    );
  }

  /** By id or key, in `db`; undefined where there is none. */
  async find(db: Queryable, ref: string): Promise<TemplateReference | undefined> {
    const row = await this.repository.find(db, ref);
    return row && { id: row.id, key: row.key, name: row.name, kind: row.kind, version: row.version };
  }

  /** @throws Refusal 404. */
  async get(ref: string): Promise<TemplateView> {
    const row = await this.require(this.database, ref);
    return view(row, await this.requireVersion(row, row.version));
  }

  /** Reads and compiles a template without saving it. @throws Refusal 422 with all faults. */
  async prepare(body: TemplateInput): Promise<PreparedTemplate> {
    const { locales, faults } = readLocales(body.locales);
    if (!KEY_PATTERN.test(body.key)) {
      faults.push({ path: 'key', message: 'A key is made of a-z, 0-9 and -, 64 characters at most.' });
    }
    const source: TemplateSource = { ...body, kind: body.kind ?? 'marketing', locales };
    const result = await compileTemplate(
      locales,
      source.defaultLocale,
      source.kind,
      this.layouter.layOut,
      Object.keys(body.locales),
    );
    faults.push(...(result.ok ? confirmationFaults(body.key, source.kind, result.locales) : result.faults));
    if (faults.length > 0 || !result.ok) throw Refusal.invalid(faults, 'The template is not valid.');
    return { source, compiled: result.locales };
  }

  /** A new template, version 1. @throws Refusal 409 (key taken), 422 with all faults. */
  async create(body: TemplateInput): Promise<TemplateView> {
    const prepared = await this.prepare(body);
    try {
      return await this.database.transaction((tx) => this.createIn(tx, prepared));
    } catch (error) {
      if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
      throw Refusal.conflict(`The key ${prepared.source.key} is taken by another template.`);
    }
  }

  /** As {@link create}; a key that is taken is Postgres' own error (23505), which ends the transaction. */
  async createIn(tx: Tx, { source, compiled }: PreparedTemplate): Promise<TemplateView> {
    const now = this.clock.now();
    const row: TemplateRow = {
      id: newId(now),
      key: source.key,
      name: source.name,
      kind: source.kind,
      default_locale: source.defaultLocale,
      version: 1,
      created_at: now,
      updated_at: now,
    };
    const version = versionOf(row, source, compiled, now);
    await this.repository.insert(tx, row);
    await this.repository.insertVersion(tx, version);
    await this.audit.record(tx, { action: 'template.create', resource: `template:${row.id}`, after: source });
    return view(row, version);
  }

  /**
   * A new version, from now on the one that is sent; older ones stay. The key cannot change, campaigns name it.
   * @throws Refusal 404, 412 (stale `If-Match`), 422 with all faults.
   */
  async replace(ref: string, body: TemplateInput, ifMatch: string | undefined): Promise<TemplateView> {
    const known = await this.require(this.database, ref);
    requireMatch(ifMatch, known.version);
    const prepared = await this.prepare(body);
    return this.database.transaction((tx) => this.replaceIn(tx, ref, prepared, ifMatch));
  }

  /** As {@link replace}. */
  async replaceIn(
    tx: Tx,
    ref: string,
    { source, compiled }: PreparedTemplate,
    ifMatch: string | undefined,
  ): Promise<TemplateView> {
    const before = await this.require(tx, ref, true);
    requireMatch(ifMatch, before.version);
    if (source.key !== before.key) {
      throw Refusal.invalid([{ path: 'key', message: `The key stays ${before.key}: campaigns name it.` }]);
    }
    const now = this.clock.now();
    const after: TemplateRow = {
      ...before,
      name: source.name,
      kind: source.kind,
      default_locale: source.defaultLocale,
      version: before.version + 1,
      updated_at: now,
    };
    const version = versionOf(after, source, compiled, now);
    await this.repository.insertVersion(tx, version);
    await this.repository.advance(tx, after);
    await this.recordReplacement(tx, before, source);
    return view(after, version);
  }

  /** The versions with their sources, newest first. @throws Refusal 404. */
  async versions(ref: string, { limit, cursor }: PageQuery): Promise<Page<TemplateVersionView>> {
    const { id } = await this.require(this.database, ref);
    const before = cursor === undefined ? null : Number(decodeCursor(cursor, 1)[0]);
    if (before !== null && !Number.isSafeInteger(before)) {
      throw Refusal.invalid([{ path: 'cursor', message: 'is not a cursor of this list; start again without it' }]);
    }
    const rows = await this.repository.versions(this.database, id, before, limit + 1);
    return pageOf(rows, limit, versionView, (row) => [String(row.version)]);
  }

  /** One version with its source. @throws Refusal 404. */
  async version(ref: string, version: number): Promise<TemplateVersionView> {
    return versionView(await this.requireVersion(await this.require(this.database, ref), version));
  }

  private async recordReplacement(tx: Tx, before: TemplateRow, after: TemplateSource): Promise<void> {
    const { version, name, kind, default_locale: defaultLocale } = before;
    const resource = `template:${before.id}`;
    await this.audit.record(tx, {
      action: 'template.update',
      resource,
      before: { version, name, kind, defaultLocale },
      after: { ...after, version: version + 1 },
    });
  }

  private async require(db: Queryable, ref: string, lock = false): Promise<TemplateRow> {
    const row = await this.repository.find(db, ref, lock);
    if (!row) throw Refusal.notFound(`The template ${ref}`);
    return row;
  }

  private async requireVersion(row: TemplateRow, version: number): Promise<VersionRow> {
    const found = await this.repository.version(this.database, row.id, version);
    if (!found) throw Refusal.notFound(`Version ${version} of the template ${row.key}`);
    return found;
  }
}

function versionOf(
  row: TemplateRow,
  source: TemplateSource,
  compiled: Readonly<Record<string, CompiledLocale>>,
  at: Date,
): VersionRow {
  return {
    template_id: row.id,
    version: row.version,
    name: row.name,
    kind: row.kind,
    default_locale: row.default_locale,
    locales: source.locales,
    compiled,
    variables: [...new Set(Object.values(compiled).flatMap((locale) => locale.variables))].sort(),
    created_at: at,
  };
}

function summary(row: TemplateRow, localeNames: string[]): TemplateSummary {
  return {
    id: row.id,
    key: row.key,
    name: row.name,
    kind: row.kind,
    defaultLocale: row.default_locale,
    localeNames,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

function view(row: TemplateRow, version: VersionRow): TemplateView {
  const warnings = Object.entries(version.compiled).flatMap(([locale, compiled]) =>
    compiled.warnings.map((warning) => `${locale}: ${warning}`),
  );
  return {
    ...summary(row, Object.keys(version.locales).sort()),
    locales: version.locales,
    variables: version.variables,
    warnings,
  };
}

function versionView(row: VersionRow): TemplateVersionView {
  return {
    version: row.version,
    name: row.name,
    kind: row.kind,
    defaultLocale: row.default_locale,
    locales: row.locales,
    variables: row.variables,
    createdAt: row.created_at.toISOString(),
  };
}
