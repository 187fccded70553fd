import { type CompiledLocale } from './compile-locale';
import { type FormatSettings } from './format-values';
import { localeRenderer, type LocaleRenderer, RenderBoundExceeded } from './render-locale';
import { splitLinks, type SplitHtml } from './rewrite-links';

/** One mail to fill in: plain data, so that it can be handed to a thread. */
export interface MailToRender {
  /** Template, version and locale. */
  key: string;
  variables: object;
  settings: FormatSettings;
  /** The mail's own links, which are no clicks. */
  own: readonly string[];
}

/** A mail that was filled in, before links and pixel; or why it was not. `untried`: for the sake of others, and may be tried again. */
export type RenderedMail =
  ({ ok: true; subject: string; text: string } & SplitHtml) | { ok: false; message: string; untried?: true };

/** What is handed over for a key that is met for the first time. */
export type CompiledParts = Pick<CompiledLocale, 'subject' | 'html' | 'text'>;

/** A batch for a renderer that remembers what it was handed before. */
export interface RenderJob {
  batch: readonly MailToRender[];
  /** The parts of keys that it does not know yet. */
  news: ReadonlyArray<readonly [key: string, parts: CompiledParts]>;
  /** It is to forget all keys first. */
  forget: boolean;
}

/** Fills in mails; Handlebars functions are made once per key. */
export class MailRenderer {
  private readonly renderers = new Map<string, LocaleRenderer>();

  render({ batch, news, forget }: RenderJob): RenderedMail[] {
    if (forget) this.renderers.clear();
    for (const [key, parts] of news) this.renderers.set(key, localeRenderer(parts));
    return batch.map((mail) => this.one(mail));
  }

  private one({ key, variables, settings, own }: MailToRender): RenderedMail {
    try {
      const renderer = this.renderers.get(key);
      if (!renderer) return { ok: false, message: 'The template was not handed over.' };
      const { subject, html, text } = renderer(variables, settings);
      return { ok: true, subject, text, ...splitLinks(html, new Set(own)) };
    } catch (error) {
      const message = error instanceof RenderBoundExceeded ? error.message : 'The template cannot be rendered.';
      return { ok: false, message };
    }
  }
}
