import { createHash } from 'node:crypto';
import { type FastifyReply } from 'fastify';
import { type PageLanguage } from './page-language';

/** A public page, before it is laid out. `body` is HTML. */
export interface Page {
  status: number;
  language: PageLanguage;
  title: string;
  body: string;
}

/** Whose page it is. Texts, not HTML. */
export interface PageOwner {
  name: string;
  address: string;
}

const STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: #f4f1ec; color: #23201c;
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header { padding: 2rem 1.25rem 0; text-align: center; font-weight: 600; font-size: 1.125rem; letter-spacing: .01em; }
main { width: 100%; max-width: 34rem; margin: 1.5rem auto; padding: 0 1.25rem; flex: 1; }
.card { background: #fff; border: 1px solid #e2dcd2; border-radius: .75rem; padding: 2rem 1.75rem; margin-bottom: 1rem; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
h2 { margin: 0 0 .5rem; font-size: 1.125rem; line-height: 1.3; }
p, form { margin: 0 0 1rem; }
p:last-child, form:last-child { margin-bottom: 0; }
.quiet { color: #5d564c; font-size: .9375rem; }
.said { background: #e7f2ea; border: 1px solid #b9d8c2; color: #14532d; border-radius: .5rem; padding: .75rem 1rem; }
label { display: block; margin-bottom: .35rem; font-weight: 600; }
fieldset { border: 0; margin: 0 0 1.5rem; padding: 0; min-width: 0; }
legend { padding: 0; width: 100%; }
legend h1, form > h1 { margin-bottom: 1rem; }
legend h2, legend h1:has(+ .quiet) { margin: 0; }
legend .quiet { display: block; margin-bottom: .75rem; }
legend .asked { display: block; font-weight: 600; margin-bottom: .75rem; }
.marks { display: grid; gap: .375rem; grid-template-columns: repeat(auto-fit, minmax(2.5rem, 1fr)); }
.marks.of-11 { grid-template-columns: repeat(11, 1fr); }
.choices { display: grid; gap: .5rem; }
.mark { position: relative; margin: 0; font-weight: 600; }
.mark input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.mark span { display: grid; place-items: center; min-height: 2.875rem; padding: .25rem; border: 1px solid #8a8275; border-radius: .5rem; background: #fff; }
.choices .mark span { place-items: center start; padding: .625rem 1rem; font-weight: 400; }
.mark input:hover + span { background: #f4f1ec; }
.mark input:checked + span { background: #23201c; border-color: #23201c; color: #fff; font-weight: 600; }
.mark input:focus-visible + span { outline: 3px solid #1d4ed8; outline-offset: 2px; }
.ends { display: flex; justify-content: space-between; gap: 1.5rem; margin: .625rem 0 0; color: #5d564c; font-size: .9375rem; line-height: 1.35; }
.ends span:last-child { text-align: right; }
.amount { display: flex; align-items: center; gap: .75rem; margin: 1rem 0 .5rem; font-weight: 600; }
input[type=text], textarea { font: inherit; width: 100%; padding: .5rem .75rem; border: 1px solid #8a8275; border-radius: .5rem; background: #fff; color: inherit; }
input[type=text] { min-height: 2.875rem; }
textarea { display: block; margin-bottom: 1rem; resize: vertical; }
label .quiet { font-weight: 400; }
h1 label { margin: 0; font-weight: inherit; }
.wrong { background: #fdecea; border: 1px solid #e0a8a0; color: #7a1f14; border-radius: .5rem; padding: .75rem 1rem; }
label.check { display: flex; gap: .75rem; align-items: flex-start; font-weight: 400; margin-bottom: .75rem; }
label.check input { flex: none; width: 1.375rem; height: 1.375rem; margin: .125rem 0 0; accent-color: #23201c; }
label.check strong { font-weight: 600; }
input[type=checkbox]:focus-visible { outline: 3px solid #1d4ed8; outline-offset: 2px; }
select, button { font: inherit; border-radius: .5rem; min-height: 2.875rem; }
select { width: 100%; padding: .5rem .75rem; border: 1px solid #8a8275; background: #fff; color: inherit; margin-bottom: 1rem; }
button { border: 1px solid transparent; padding: .5rem 1.25rem; background: #23201c; color: #fff; font-weight: 600; cursor: pointer; }
button:hover { background: #45403a; }
button.second { background: #fff; color: #23201c; border-color: #8a8275; }
button.second:hover { background: #f4f1ec; }
a { color: #7a3b12; }
a:focus-visible, button:focus-visible, select:focus-visible, input[type=text]:focus-visible, textarea:focus-visible { outline: 3px solid #1d4ed8; outline-offset: 2px; }
footer { padding: 0 1.25rem 2rem; text-align: center; color: #5d564c; font-size: .875rem; overflow-wrap: anywhere; }
@media (max-width: 30rem) { .card { padding: 1.5rem 1.25rem; } button { width: 100%; } .marks.of-11 { grid-template-columns: repeat(6, 1fr); } }
@media (forced-colors: active) { .mark input:checked + span { outline: 3px solid Highlight; } }
`;

/** The one style is allowed by its hash; nothing else is loaded, run, framed or sent anywhere but back to us. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Text as HTML shows it. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A block of a page: its parts, those that are empty left out. */
export function card(...parts: string[]): string {
  return `<section class="card">\n${parts.filter(Boolean).join('\n')}\n</section>`;
}

/** The whole document, in the shop's name, without a script. */
function layOut(page: Page, owner: PageOwner): string {
  const name = escapeHtml(owner.name);
  const address = owner.address === '' ? '' : `<br>${escapeHtml(owner.address)}`;
  return `<!doctype html>
<html lang="${page.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${page.title} · ${name}</title>
<style>${STYLE}</style>
</head>
<body>
<header>${name}</header>
<main>
${page.body}
</main>
<footer>${name}${address}</footer>
</body>
</html>
`;
}

/** Answers with the page; nobody keeps a copy and no address of it is passed on. */
export async function sendPage(reply: FastifyReply, page: Page, owner: PageOwner): Promise<void> {
  if (page.status === 503) reply.header('retry-after', '30');
  await reply
    .status(page.status)
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', POLICY)
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('x-robots-tag', 'noindex, nofollow')
    .send(layOut(page, owner));
}
