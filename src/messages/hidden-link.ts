/** Number of the link that no person sees: beyond any link that a mail can have. Its tokens are like those of all others. */
export const HIDDEN_LINK = 0xfffe;

/**
 * A mail's HTML with a link at its end that only machines find, by which link scanners give themselves away. It takes no
 * room, cannot be reached by keyboard, and is not there for screen readers; the text part does not have it.
 *
 * @param url the click link number {@link HIDDEN_LINK} of the mail
 */
export function withHiddenLink(html: string, url: string): string {
  const link = `<a href="${url}" aria-hidden="true" tabindex="-1" style="display:none;mso-hide:all"></a>`;
  const end = html.lastIndexOf('</body>');
  return end < 0 ? html + link : html.slice(0, end) + link + html.slice(end);
}
