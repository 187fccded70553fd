import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database';
import { RenderVariablesLoader } from '../templates/render-variables';
import { TemplateRenderer } from '../templates/template-renderer';
import { type MailLinks, type RenderVariables } from '../templates/templates.types';
import { type ClaimedRow } from './data/claim-messages.sql';
import { contentsToShow, loadContents, storeContents } from './data/write-ledger.sql';
import { type LinkParameters, linkTarget } from './link-target';
import { LinkTokens, type MessageLinks } from './link-tokens';
import { type ComposedMail, MailAssembly, type NotComposed, notRendered } from './mail-assembly';
import { MailOffers } from './mail-offers';
import { MailSurveys } from './mail-surveys';

/** A message on its way to a mail. `links` are those of the stored contents, when it was composed before. */
interface Draft {
  row: ClaimedRow;
  urls: MessageLinks;
  variables: RenderVariables;
  stored: boolean;
}

interface StoredContents {
  id: string;
  variables: RenderVariables;
  links: string[];
}

interface ShownContents {
  templateId: string;
  version: number;
  locale: string | null;
  variables: RenderVariables;
  trackClicks: boolean;
  utm: LinkParameters | null;
}

/** Makes mails of claimed messages, in sets. */
@Injectable()
export class MailComposer {
  constructor(
    private readonly database: Database,
    private readonly tokens: LinkTokens,
    private readonly variables: RenderVariablesLoader,
    private readonly offers: MailOffers,
    private readonly surveys: MailSurveys,
    private readonly renderer: TemplateRenderer,
    private readonly assembly: MailAssembly,
  ) {}

  /**
   * Composes a batch with a fixed number of statements. What a mail is made of is stored before it is returned, so that
   * a click finds its link whatever happens next; a message that was composed before is made of what was stored then,
   * and comes out the same octet by octet. One that cannot be rendered does not hold up the others.
   */
  async compose(rows: readonly ClaimedRow[]): Promise<Array<ComposedMail | NotComposed>> {
    if (rows.length === 0) return [];
    const { drafts, refused } = await this.draft(rows);
    const rendered = await this.renderer.render(drafts.map((draft) => this.request(draft)));
    const fresh: Array<{ id: string; variables: object; links: string[] }> = [];
    const mails = await Promise.all(
      drafts.map(async (draft, at): Promise<ComposedMail | NotComposed> => {
        const result = rendered[at];
        if (!result?.ok) {
          const failure = notRendered(draft.row.id, result?.message ?? 'nothing was rendered');
          return result?.untried ? { ...failure, untried: true } : failure;
        }
        const mail = await this.assembly.assemble(draft.row, draft.urls, result);
        if (mail.ok && !draft.stored) fresh.push({ id: mail.id, variables: draft.variables, links: result.links });
        return mail;
      }),
    );
    if (fresh.length > 0) await this.database.execute(storeContents(fresh));
    return [...mails, ...refused];
  }

  /**
   * The HTML of a mail as it was sent, links counted as there, without the open pixel; undefined when there is no such
   * mail or its contents are gone.
   */
  async show(messageId: string): Promise<string | undefined> {
    const [stored] = await this.database.query<ShownContents>(contentsToShow(messageId));
    if (!stored) return undefined;
    const urls = this.tokens.of(messageId);
    const { templateId, version, locale, variables, trackClicks, utm } = stored;
    const rewrite = { rewriteLink: tracked(urls, utm) };
    const what = { templateId, version, locale, variables, ...(trackClicks ? rewrite : {}) };
    const [result] = await this.renderer.render([what]);
    return result?.ok ? result.html : undefined;
  }

  private async draft(rows: readonly ClaimedRow[]): Promise<{ drafts: Draft[]; refused: NotComposed[] }> {
    const again = rows.filter((row) => row.again).map((row) => row.id);
    const stored = again.length === 0 ? [] : await this.database.query<StoredContents>(loadContents(again));
    const contents = new Map(stored.map((one) => [one.id, one.variables]));
    const fresh = rows.filter((row) => !contents.has(row.id));
    const recommended = await this.offers.recommendations(fresh);
    const without = fresh.filter((row) => recommended.get(row.id)?.length === 0);
    const wanted = fresh.filter((row) => !without.includes(row));
    const asked = await this.surveys.load(wanted);
    const links = new Map(rows.map((row) => [row.id, this.tokens.of(row.id)]));
    const coupons = await this.offers.coupons(wanted);
    const loaded = await this.variables.load(
      this.database,
      wanted.map((row) => ({
        customerId: row.customerId,
        template: { id: row.templateId, version: row.templateVersion },
        orderId: row.triggerOrderId,
        eventId: row.triggerEventId,
        recommendations: recommended.get(row.id) ?? null,
        survey: asked.get(row.id) ?? null,
        coupon: coupons.get(row.id) ?? null,
        links: mailLinks(linksOf(links, row.id), row.origin === 'confirmation'),
      })),
    );
    wanted.forEach((row, at) => {
      const variables = loaded[at];
      if (variables) contents.set(row.id, variables);
    });
    const kept = new Set(stored.map((one) => one.id));
    const drafts = rows.flatMap((row): Draft[] => {
      const variables = contents.get(row.id);
      return variables ? [{ row, urls: linksOf(links, row.id), variables, stored: kept.has(row.id) }] : [];
    });
    const refused = without.map((row): NotComposed => ({
      ok: false,
      id: row.id,
      reason: 'no_recommendation',
      detail: null,
    }));
    return { drafts, refused };
  }

  private request({ row, urls, variables }: Draft) {
    return {
      templateId: row.templateId,
      version: row.templateVersion,
      locale: row.locale,
      variables,
      ...(row.trackClicks ? { rewriteLink: tracked(urls, row.utm) } : {}),
      ...(row.trackOpens ? { pixelUrl: urls.open } : {}),
    };
  }
}

/** The click links of a mail, each with where it leads. */
function tracked(urls: MessageLinks, utm: LinkParameters | null): (url: string, index: number) => string {
  return (url, index) => urls.click(index, linkTarget(url, utm));
}

function linksOf(links: ReadonlyMap<string, MessageLinks>, id: string): MessageLinks {
  const found = links.get(id);
  if (!found) throw new Error(`message ${id} has no links`);
  return found;
}

function mailLinks({ unsubscribe, preferences, view, confirm }: MessageLinks, asksToConfirm: boolean): MailLinks {
  return { unsubscribe, preferences, viewInBrowser: view, ...(asksToConfirm ? { confirm } : {}) };
}
