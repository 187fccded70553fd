import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { Database } from '../platform/database/database';
import { localeAsked, offered, questionAsked } from '../surveys/asked-survey';
import { Surveys } from '../surveys/surveys.service';
import { boundedValues, laidOver } from './domain/bounded-values';
import { ROOT_SHAPE } from './domain/variable-scope';
import { exampleCoupon } from './example-coupon';
import { RenderVariablesLoader } from './render-variables';
import { TemplateRenderer } from './template-renderer';
import { TemplateVariables } from './template-variables';
import { Templates } from './templates.service';
import { type MailLinks, type RenderVariables, type SurveyVariables, type TemplatePreview } from './templates.types';

/** Gmail cuts off what is beyond this many bytes of HTML, and with it the unsubscribe link. */
const CLIPPED_BEYOND = 100_000;

/** Stand for the links that only a real message has. */
const PREVIEW_LINKS: MailLinks = {
  unsubscribe: '#unsubscribe',
  preferences: '#preferences',
  viewInBrowser: '#view-in-browser',
};

/** What a preview is made with. */
export interface PreviewWish {
  customerId?: string;
  locale?: string;
  /** Key or id of what the mail asks. */
  survey?: string;
  /** Laid over the variables, for instance `{ order: { ... } }`. */
  data?: Record<string, unknown>;
}

/** Shows a template as a mail, without sending or storing anything. */
@Injectable()
export class TemplatePreviews {
  constructor(
    private readonly database: Database,
    private readonly templates: Templates,
    private readonly renderer: TemplateRenderer,
    private readonly variables: RenderVariablesLoader,
    private readonly needs: TemplateVariables,
    private readonly surveys: Surveys,
    private readonly clock: Clock,
  ) {}

  /**
   * The latest version with the customer's variables (without one: empty ones) and `data` over them, in the wanted
   * locale, else the customer's, else the default.
   * @throws Refusal 404 (template), 422 (customer, survey, unknown names in `data`, more output than a mail may have).
   */
  async preview(ref: string, wish: PreviewWish): Promise<TemplatePreview> {
    const data = wish.data ?? {};
    refuseUnknown(data);
    const template = await this.templates.find(this.database, ref);
    if (!template) throw Refusal.notFound(`The template ${ref}`);
    const base = await this.base(wish.customerId, template);
    const over = boundedValues(data);
    const { locale: own } = (laidOver(base, over) as RenderVariables).customer;
    const locale = wish.locale ?? (typeof own === 'string' ? own : null);
    const mail = { templateId: template.id, version: template.version, locale };
    const survey = wish.survey === undefined ? undefined : await this.asked(wish.survey, mail);
    const variables = laidOver({ ...base, ...(survey ? { survey } : {}) }, over) as RenderVariables;
    const [result] = await this.renderer.render([{ ...mail, variables }]);
    if (!result?.ok) throw Refusal.invalid([{ path: 'data', message: result?.message ?? 'It cannot be rendered.' }]);
    const [missing = []] = await this.needs.missing(this.database, [
      { templateId: template.id, provided: new Set([...Object.keys(data), ...(survey ? ['survey'] : [])]) },
    ]);
    const { subject, html, text } = result;
    const warnings = [...result.warnings, ...missing.map(missingWarning), ...sizeWarnings(html)];
    return { subject, html, text, locale: result.locale, warnings };
  }

  /** What the mail asks, in the locale that it is written in, with links that lead nowhere. */
  private async asked(
    ref: string,
    mail: { templateId: string; version: number; locale: string | null },
  ): Promise<SurveyVariables> {
    const survey = await this.surveys.find(ref);
    if (!survey) throw Refusal.invalid([{ path: 'survey', message: 'This survey does not exist.' }]);
    const locale = localeAsked(survey, [...(await this.renderer.writtenIn([mail])), mail.locale]);
    const scores = offered(survey, locale).map((one) => ({ ...one, url: `#survey-${one.value}` }));
    return { question: questionAsked(survey, locale), url: '#survey', scores };
  }

  private async base(
    customerId: string | undefined,
    { id, version }: { id: string; version: number },
  ): Promise<RenderVariables> {
    if (customerId !== undefined) {
      const [known] = await this.database.query('select 1 from customers where id = $1', [customerId]);
      if (!known) throw Refusal.invalid([{ path: 'customerId', message: 'This customer does not exist.' }]);
    }
    const coupon = exampleCoupon(this.clock.now());
    const request = { customerId: customerId ?? null, template: { id, version }, links: PREVIEW_LINKS, coupon };
    const [variables] = await this.variables.load(this.database, [request]);
    if (!variables) throw new Error('the loader answers every request');
    return variables;
  }
}

function refuseUnknown(data: Record<string, unknown>): void {
  const faults = Object.entries(data).flatMap(([name, value]) => {
    const shape = Object.hasOwn(ROOT_SHAPE.fields, name) ? ROOT_SHAPE.fields[name] : undefined;
    if (!shape) return [{ path: `data.${name}`, message: 'Templates know no variable of this name.' }];
    const fits =
      shape.kind === 'object'
        ? typeof value === 'object' && value !== null && !Array.isArray(value)
        : shape.kind === 'list'
          ? Array.isArray(value)
          : typeof value === 'string';
    return fits ? [] : [{ path: `data.${name}`, message: 'This is of another type in mails.' }];
  });
  if (faults.length > 0) throw Refusal.invalid(faults);
}

function missingWarning(name: string): string {
  if (name.startsWith('coupon.')) return `${name} is not provided here and shows an example; a mail gets its own.`;
  return `${name} is not provided here and is empty in this mail.`;
}

function sizeWarnings(html: string): string[] {
  const bytes = Buffer.byteLength(html);
  return bytes > CLIPPED_BEYOND
    ? [`The HTML has ${Math.ceil(bytes / 1000)} kB: Gmail clips mails of more than 100 kB.`]
    : [];
}
