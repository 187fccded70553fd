import { createHash } from 'node:crypto';
import { type FastifyReply } from 'fastify';
import { type PageLanguage } from './page-texts';

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
select, button { font: inherit; border-radius: .5rem; min-height: 2.875rem; }
select { width: 100%; padding: .5rem .75rem; border: 1px solid #8a8275; background: #fff; color: inherit; margin-bottom: 1rem; }
button { border: 1px solid transparent; padding: .5rem 1.25rem; background: #23201c; color: #fff; font-weight: 600; cursor: pointer; }
button:hover { background: #45403a; }
button.second { background: #fff; color: #23201c; border-color: #8a8275; }
button.second:hover { background: #f4f1ec; }
a { color: #7a3b12; }
a:focus-visible, button:focus-visible, select:focus-visible { outline: 3px solid #1d4ed8; outline-offset: 2px; }
footer { padding: 0 1.25rem 2rem; text-align: center; color: #5d564c; font-size: .875rem; overflow-wrap: anywhere; }
@media (max-width: 26rem) { .card { padding: 1.5rem 1.25rem; } button { width: 100%; } }
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

/** The whole document, in the shop's name, without a script. */
export function layOut(page: Page, owner: PageOwner): string {
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
