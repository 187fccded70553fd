/** The part of html-to-text 10 that is used here; the package ships no types. */
declare module 'html-to-text' {
  export interface SelectorDefinition {
    selector: string;
    format?: string;
    options?: Record<string, unknown>;
  }
  export interface HtmlToTextOptions {
    wordwrap?: false | number;
    selectors?: SelectorDefinition[];
    limits?: Record<string, unknown>;
  }
  export function compile(options?: HtmlToTextOptions): (html: string) => string;
}
