import { Injectable } from '@nestjs/common';
import { formatLocale, pickLocale } from '../kernel/locales';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable } from '../platform/database/database';
import { TemplatesRepository } from './data/templates.repository';
import { type CompiledLocale } from './domain/compile-locale';
import { writtenCoupon } from './domain/coupon-variables';
import { type RenderedMail } from './domain/render-mail';
import { insertPixel, joinLinks } from './domain/rewrite-links';
import { RenderThreads, type RenderTask } from './render-threads';
import { type CompiledTemplate, type RenderRequest, type RenderResult, type RenderVariables } from './templates.types';

/** Versions kept ready. A version never changes, so nothing here goes stale. */
const KEPT = 300;

/** A mail as the threads are asked for it, and what else its result says. */
interface Asked {
  task: RenderTask;
  locale: string;
  warnings: string[];
}

/** A version ready to render. */
class ReadyTemplate {
  private readonly names: string[];
  private readonly picked = new Map<string | null, string>();

  constructor(private readonly template: CompiledTemplate) {
    this.names = Object.keys(template.locales);
  }

  pick(wanted: string | null): string {
    let name = this.picked.get(wanted);
    if (name === undefined) {
      name = pickLocale(this.names, wanted, this.template.defaultLocale);
      if (this.picked.size < 500) this.picked.set(wanted, name);
    }
    return name;
  }

  locale(name: string): CompiledLocale | undefined {
    return this.template.locales[name];
  }
}

/**
 * Renders mails of saved templates. MJML was laid out when the version was saved; here threads with bounds of their
 * own fill in Handlebars functions that were made once (about 0.05 ms for 20 kB of HTML with links and pixel).
 */
@Injectable()
export class TemplateRenderer {
  private readonly ready = new Map<string, ReadyTemplate>();

  constructor(
    private readonly database: Database,
    private readonly repository: TemplatesRepository,
    private readonly config: AppConfig,
    private readonly threads: RenderThreads,
  ) {}

  /**
   * Renders a batch; results stand in the order of the requests. At most one statement, for versions that are not kept
   * ready yet. A mail that cannot be rendered is a result with the reason, and does not hold up the others.
   */
  async render(batch: readonly RenderRequest[], db: Queryable = this.database): Promise<RenderResult[]> {
    const versions = await this.versions(db, batch);
    const asked = batch.map((request) => this.taskOf(versions.get(keyOf(request)), request));
    const rendered = await this.threads.render(asked.flatMap((one) => one?.task ?? []));
    let next = 0;
    return batch.map((request, at) => {
      const one = asked[at];
      if (!one) return { ok: false, message: 'The template or its version does not exist.' };
      return finished(request, one, rendered[next++]);
    });
  }

  /** The locale that each mail of a batch will be written in; empty where the version does not exist. */
  async writtenIn(
    batch: ReadonlyArray<Pick<RenderRequest, 'templateId' | 'version' | 'locale'>>,
    db: Queryable = this.database,
  ): Promise<string[]> {
    const versions = await this.versions(db, batch);
    return batch.map((request) => versions.get(keyOf(request))?.pick(request.locale) ?? '');
  }

  /** What the threads are asked for; undefined where there is no such template. */
  private taskOf(template: ReadyTemplate | undefined, request: RenderRequest): Asked | undefined {
    const locale = template?.pick(request.locale) ?? '';
    const parts = template?.locale(locale);
    if (!parts) return undefined;
    const { variables } = request;
    const { store } = this.config;
    const settings = {
      locale: formatLocale(locale, variables.customer.locale),
      currency: store.currency,
      timezone: store.timezone,
    };
    const mail = {
      key: `${keyOf(request)} ${locale}`,
      variables: { ...variables, ...writtenCoupon(variables.coupon, settings.locale), locale },
      settings,
      own: ownLinks(variables),
    };
    return { task: { mail, parts }, locale, warnings: parts.warnings };
  }

  private async versions(
    db: Queryable,
    batch: ReadonlyArray<Pick<RenderRequest, 'templateId' | 'version'>>,
  ): Promise<Map<string, ReadyTemplate>> {
    const wanted = new Map<string, ReadyTemplate>();
    const missing = new Map<string, Pick<RenderRequest, 'templateId' | 'version'>>();
    for (const request of batch) {
      const key = keyOf(request);
      const kept = this.ready.get(key);
      if (kept) wanted.set(key, kept);
      else missing.set(key, request);
    }
    if (missing.size > 0) {
      const requests = [...missing.values()];
      const rows = await this.repository.compiled(
        db,
        requests.map((request) => request.templateId),
        requests.map((request) => request.version),
      );
      for (const row of rows) {
        const template = { kind: row.kind, defaultLocale: row.default_locale, locales: row.compiled };
        wanted.set(`${row.template_id} ${row.version}`, new ReadyTemplate(template));
      }
    }
    this.keep(wanted);
    return wanted;
  }

  /** Moves what was used to the end of the map, and lets go of what was not used for longest. */
  private keep(used: ReadonlyMap<string, ReadyTemplate>): void {
    for (const [key, template] of used) {
      this.ready.delete(key);
      this.ready.set(key, template);
    }
    for (const key of this.ready.keys()) {
      if (this.ready.size <= KEPT) return;
      this.ready.delete(key);
    }
  }
}

/** Puts links and pixel into a mail that was filled in. */
function finished(
  { rewriteLink, pixelUrl }: RenderRequest,
  { locale, warnings }: Asked,
  mail: RenderedMail | undefined,
): RenderResult {
  if (!mail?.ok) return mail ?? { ok: false, message: 'The template cannot be rendered.' };
  const html = joinLinks(mail, rewriteLink);
  return {
    ok: true,
    subject: mail.subject,
    html: pixelUrl === undefined ? html : insertPixel(html, pixelUrl),
    text: mail.text,
    locale,
    links: mail.links,
    warnings,
  };
}

/** The mail's own links, which are no clicks: where they lead is not what the author wrote, and a vote is no visit. */
function ownLinks({ links, survey }: RenderVariables): string[] {
  const { unsubscribe, preferences, viewInBrowser, confirm } = links;
  const own = [unsubscribe, preferences, viewInBrowser, ...(confirm === undefined ? [] : [confirm])];
  // A preview may lay anything over it.
  const scores = Array.isArray(survey?.scores) ? survey.scores : [];
  for (const one of [survey, ...scores]) if (one) own.push(one.url);
  return own;
}

function keyOf({ templateId, version }: Pick<RenderRequest, 'templateId' | 'version'>): string {
  return `${templateId} ${version}`;
}
