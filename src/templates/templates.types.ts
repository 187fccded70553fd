import { type Discount } from '../incentives/coupons.types';
import { type CompiledLocale, type LocaleSource, type TemplateKind } from './domain/compile-locale';
import { type LinkRewriter } from './domain/rewrite-links';

export type { LocaleSource, TemplateKind };

/** A template as it is written: the body of `POST` and `PUT`. */
export interface TemplateSource {
  key: string;
  name: string;
  kind: TemplateKind;
  defaultLocale: string;
  locales: Record<string, LocaleSource>;
}

/** A line in a list of templates. */
export interface TemplateSummary {
  id: string;
  key: string;
  name: string;
  kind: TemplateKind;
  defaultLocale: string;
  localeNames: string[];
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** A template at its latest version, with its source. `variables` are full names, `warnings` hold for all its mails. */
export interface TemplateView extends TemplateSummary {
  locales: Record<string, LocaleSource>;
  variables: string[];
  warnings: string[];
}

/** One immutable version of a template. */
export interface TemplateVersionView {
  version: number;
  name: string;
  kind: TemplateKind;
  defaultLocale: string;
  locales: Record<string, LocaleSource>;
  variables: string[];
  createdAt: string;
}

/** What a preview shows: the mail with the variables of nobody in particular, or of a customer, and `data` over them. */
export interface TemplatePreview {
  subject: string;
  html: string;
  text: string;
  locale: string;
  warnings: string[];
}

/** What is stored of a version for rendering. */
export interface CompiledTemplate {
  kind: TemplateKind;
  defaultLocale: string;
  locales: Record<string, CompiledLocale>;
}

export interface LineVariables {
  name: string | null;
  productExternalId: string;
  category: string | null;
  quantity: number;
  /** Decimal text, in the currency of the order. */
  unitPrice: string | null;
  url: string | null;
  imageUrl: string | null;
}

interface RecommendationVariables {
  externalId: string;
  name: string | null;
  category: string | null;
  /** Decimal text, in the store's currency. */
  price: string | null;
  url: string | null;
  imageUrl: string | null;
}

/** What a mail asks. `url` opens the page with nothing chosen, the one of a score with that score chosen. */
export interface SurveyVariables {
  question: string;
  url: string;
  /** Of a choice `value` is its name and `label` its words; a survey whose answer is typed has none. */
  scores: Array<{ value: number | string; label: string; url: string }>;
}

/** A code; what it is worth is written out in the language of the mail. */
export interface CouponVariables {
  code: string;
  discount: Discount | string | null;
  /** An instant, for the helper `date`. */
  expiresAt: string | null;
}

/** The links of a mail that belong to the service itself; made by who sends it. */
export interface MailLinks {
  unsubscribe: string;
  preferences: string;
  viewInBrowser: string;
  /** Of the mail that asks to confirm a subscription; no other has it. */
  confirm?: string;
}

/** What a template can name (`api.md` 6). Plain JSON: it is stored with a message, so that it can be shown again. */
export interface RenderVariables {
  customer: {
    firstName: string | null;
    lastName: string | null;
    email: string | null;
    locale: string | null;
    stage: string | null;
    tags: string[];
    points: number | null;
    tier: string | null;
    attributes: Record<string, unknown>;
    orders: { count: number; total: string; lastAt: string | null };
    /** The customer's own code; null while the shop has no referrals, and in mails that do not name it. */
    referral: { code: string | null; url: string | null };
  };
  order?: {
    externalId: string;
    placedAt: string;
    total: string;
    currency: string;
    lines: LineVariables[];
  };
  event?: { type: string; properties: Record<string, unknown>; lines: LineVariables[] };
  recommendations?: RecommendationVariables[];
  coupon?: CouponVariables;
  survey?: SurveyVariables;
  store: { name: string; address: string; currency: string; locale: string; url: string };
  links: MailLinks & { assets: string };
  locale: string;
}

/** Whom and what a message is about. */
export interface VariablesRequest {
  customerId: string | null;
  /** The version that will be rendered: what is made only for mails that name it is made if it does. */
  template?: { id: string; version: number };
  /** The order that started the campaign; else the one that the event refers to, if any. */
  orderId?: string | null;
  eventId?: string | null;
  recommendations?: readonly RecommendationVariables[] | null;
  survey?: SurveyVariables | null;
  /** The code that the mail carries; else the one that its event is about. */
  coupon?: CouponVariables | null;
  links: MailLinks;
}

/** One mail to render. */
export interface RenderRequest {
  templateId: string;
  version: number;
  /** Wanted locale; falls back it-IT, it, the template's default. */
  locale: string | null;
  variables: RenderVariables;
  /** New address of the index-th web link of the HTML. The mail's own links are not passed to it. */
  rewriteLink?: LinkRewriter;
  /** Address of the open pixel; without it there is none. */
  pixelUrl?: string;
}

export type RenderResult =
  | {
      ok: true;
      subject: string;
      html: string;
      text: string;
      /** The locale that was found for the wanted one. */
      locale: string;
      /** Original addresses by link index. */
      links: string[];
      warnings: string[];
    }
  | { ok: false; message: string; untried?: true };
