import { createHash } from 'node:crypto';
import { linksIn, type ReadMail } from '../domain/read-mail';
import { type MailLine } from '../mail-store';

/** The ways to look at a mail. */
export const MAIL_VIEWS = ['html', 'text', 'source', 'links'] as const;
export type MailPageView = (typeof MAIL_VIEWS)[number];

const VIEW_NAMES: Readonly<Record<MailPageView, string>> = {
  html: 'HTML',
  text: 'Text',
  source: 'Source',
  links: 'Links',
};

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #59636e; --paper: #fff; --ground: #f6f8fa; --line: #d1d9e0; --mark: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9198a1; --paper: #151b23; --ground: #0d1117; --line: #3d444d; --mark: #79c0ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 62rem; margin: 0 auto; padding: 1rem 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; justify-content: space-between; }
h1 { font-size: 1.25rem; margin: 0; } h1 a { color: inherit; text-decoration: none; }
a { color: var(--mark); }
a:focus-visible, input:focus-visible, button:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
input, button { font: inherit; padding: .4rem .7rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper); color: inherit; }
table { width: 100%; border-collapse: collapse; background: var(--paper); border: 1px solid var(--line); }
th, td { text-align: left; padding: .55rem .8rem; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--quiet); font-weight: 600; border-top: 0; } td.when { white-space: nowrap; color: var(--quiet); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0 1rem; overflow-wrap: anywhere; }
dt { color: var(--quiet); } dd { margin: 0; }
nav.views { display: flex; gap: .25rem; border-bottom: 1px solid var(--line); }
nav.views a { padding: .5rem 1rem; text-decoration: none; border-radius: .4rem .4rem 0 0; }
nav.views a[aria-current] { background: var(--paper); border: 1px solid var(--line); border-bottom-color: var(--paper); margin-bottom: -1px; color: inherit; }
iframe { width: 100%; height: 75vh; border: 1px solid var(--line); border-top: 0; background: #fff; display: block; }
pre, .list { margin: 0; padding: 1rem; background: var(--paper); border: 1px solid var(--line); border-top: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.list ol { margin: 0; padding-left: 1.5rem; white-space: normal; } .list li { margin-bottom: .4rem; }
.quiet { color: var(--quiet); } p.more { text-align: center; }
@media (max-width: 40rem) { td.when, th.when { display: none; } }
`;

/** Of our own pages: one style, one frame, nothing from elsewhere. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of a mail in its frame: it may show, never run, and open links only in windows of their own. */
export const MAIL_POLICY = [
  'sandbox allow-popups allow-popups-to-escape-sandbox',
  "default-src 'none'",
  'img-src * data:',
  "style-src 'unsafe-inline' https:",
  'font-src https:',
  "frame-ancestors 'self'",
].join('; ');

/** The list, newest first. `older`: the address of the next page. */
export function listPage(lines: readonly MailLine[], total: number, search: string, older: string | null): string {
  const rows = lines.map(
    (line) => `<tr><td><a href="/inbox/${line.sequence}">${escapeHtml(line.subject || '(no subject)')}</a></td>
<td>${escapeHtml(line.to)}</td><td class="when">${escapeHtml(line.date)}</td></tr>`,
  );
  const table = `<table><thead><tr><th scope="col">Subject</th><th scope="col">To</th><th scope="col" class="when">Date</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`;
  const none = search === '' ? 'No mail has arrived yet.' : 'No mail matches.';
  const body = lines.length === 0 ? `<p class="quiet">${none}</p>` : table;
  return layOut(
    'Inbox',
    `<p class="quiet">${total} ${total === 1 ? 'mail' : 'mails'}, newest first. Nothing here has left this machine.</p>
${body}${older === null ? '' : `<p class="more"><a href="${escapeHtml(older)}">Older mails</a></p>`}`,
    search,
  );
}

/** One mail in one of its views. */
export function mailPage(sequence: number, mail: ReadMail, source: string, view: MailPageView): string {
  const subject = mail.headers['subject'] || '(no subject)';
  const heads = ['from', 'to', 'reply-to', 'date', 'message-id', 'list-unsubscribe'].flatMap((name) => {
    const value = mail.headers[name];
    return value === undefined ? [] : [`<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`];
  });
  const tabs = MAIL_VIEWS.map((one) => {
    const current = one === view ? ' aria-current="page"' : '';
    return `<a href="/inbox/${sequence}?view=${one}"${current}>${VIEW_NAMES[one]}</a>`;
  });
  return layOut(
    subject,
    `<h2>${escapeHtml(subject)}</h2>
<dl>${heads.join('')}</dl>
<nav class="views" aria-label="Views of the mail">${tabs.join('')}</nav>
${viewOf(sequence, mail, source, view)}`,
    '',
  );
}

function viewOf(sequence: number, mail: ReadMail, source: string, view: MailPageView): string {
  switch (view) {
    case 'html':
      if (mail.html === null) return '<pre class="quiet">This mail has no HTML part.</pre>';
      return `<iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/inbox/${sequence}/html"></iframe>`;
    case 'text':
      return `<pre>${escapeHtml(mail.text ?? 'This mail has no text part.')}</pre>`;
    case 'source':
      return `<pre>${escapeHtml(source)}</pre>`;
    case 'links': {
      const links = linksIn(mail.html ?? '').map((url) => {
        const shown = escapeHtml(url);
        return /^https?:/i.test(url)
          ? `<li><a href="${shown}" target="_blank" rel="noreferrer">${shown}</a></li>`
          : `<li>${shown}</li>`;
      });
      return `<div class="list"><ol>${links.join('')}</ol></div>`;
    }
    default:
      return view satisfies never;
  }
}

/** The mail's own HTML, links opening in windows of their own. */
export function framedMail(html: string): string {
  const base = '<base target="_blank">';
  return /<head[^>]*>/i.test(html) ? html.replace(/<head[^>]*>/i, (head) => head + base) : base + html;
}

function layOut(title: string, body: string, search: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${escapeHtml(title)} · development inbox</title><style>${STYLE}</style></head>
<body>
<header><h1><a href="/inbox">Development inbox</a></h1>
<form action="/inbox" role="search"><input type="search" name="q" value="${escapeHtml(search)}" aria-label="Search recipient or subject" placeholder="Recipient or subject"> <button>Search</button></form></header>
<main>${body}</main>
</body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
