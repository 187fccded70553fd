import { type DemoWorld } from './world';

const BROWSER =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15';
const SCANNER = 'Mozilla/5.0 (compatible; MailScannerBot/2.1; +https://scanner.example/bot)';

/** Follows the links of mails as people and link scanners do, as far as the service: what they lead to is the shop's. */
export class Browsing {
  constructor(private readonly world: Pick<DemoWorld, 'api' | 'publicUrl'>) {}

  /** Opens a link; another answer than `expected` is a fault of the demo. */
  async visit(url: string | undefined, expected: number): Promise<void> {
    await this.get(url, BROWSER, expected);
  }

  /** What stands between mail and mailbox: it opens whatever it finds. */
  async scan(links: readonly string[]): Promise<void> {
    for (const link of links) {
      if (link.includes('/t/c/')) await this.get(link, SCANNER, 302);
      if (link.includes('/s/')) await this.get(link, SCANNER, 200);
    }
  }

  /** Opens the page behind a score and sends its form as it stands there: with that score chosen. */
  async answer(url: string): Promise<void> {
    const page = await fetch(this.reachable(url), { headers: { 'user-agent': BROWSER } });
    const html = await page.text();
    const chosen = [...html.matchAll(/<input\b[^>]*>/g)]
      .map(([input]) => input)
      .find((input) => / checked\b/.test(input));
    const attribute = (name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(chosen ?? '')?.[1] ?? '';
    if (!page.ok || chosen === undefined) throw new Error(`${url} answered ${page.status}, with nothing chosen`);
    await this.submit(url, { [attribute('name')]: attribute('value') });
  }

  /** Sends a page's form. */
  async submit(url: string | undefined, fields: Record<string, string>): Promise<void> {
    const body = new URLSearchParams(fields);
    const answer = await fetch(this.reachable(url), { method: 'POST', body, headers: { 'user-agent': BROWSER } });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`the form of ${url} was answered ${answer.status}`);
  }

  private async get(url: string | undefined, userAgent: string, expected: number): Promise<void> {
    const answer = await fetch(this.reachable(url), { redirect: 'manual', headers: { 'user-agent': userAgent } });
    await answer.arrayBuffer();
    if (answer.status !== expected) throw new Error(`${url} answered ${answer.status}`);
  }

  private reachable(url: string | undefined): string {
    if (url === undefined) throw new Error('a mail lacks the link or pixel that was looked for');
    return url.replace(this.world.publicUrl, this.world.api.base);
  }
}
