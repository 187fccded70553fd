/** A mail as it arrived, read from the development inbox. */
export interface DemoMail {
  to: string;
  subject: string;
  html: string;
  headers: Record<string, string>;
}

interface InboxPage {
  items: Array<DemoMail & { sequence: number }>;
}

/** The shoppers' mailboxes: the inbox of the service, read on from where it was left. */
export class Mailbox {
  private last = 0;

  constructor(private readonly base: string) {}

  /** What came since the last call, in order of arrival. */
  async fetchNew(): Promise<DemoMail[]> {
    const mails: DemoMail[] = [];
    for (;;) {
      const answer = await fetch(`${this.base}/inbox/mails.json?after=${this.last}&limit=200`);
      if (!answer.ok) throw new Error(`the inbox answered ${answer.status}`);
      const { items } = (await answer.json()) as InboxPage;
      mails.push(...items);
      const newest = items.at(-1);
      if (!newest) return mails;
      this.last = newest.sequence;
    }
  }
}

/** `href`s of the mail's links, decoded. */
export function linksOf(mail: DemoMail): string[] {
  return [...mail.html.matchAll(/<a\b[^>]*?\shref="([^"]+)"/g)].map((match) =>
    (match[1] ?? '').replaceAll('&amp;', '&'),
  );
}

/** The links of a survey's scores, by what stands on them. */
export function scoreLinksOf(mail: DemoMail): Map<string, string> {
  const links = [...mail.html.matchAll(/<a\b[^>]*?\shref="([^"]*\/s\/[^"]+)"[^>]*>([\s\S]*?)<\/a>/g)];
  return new Map(
    links.map(([, url = '', text = '']) => [text.replace(/<[^>]*>/g, '').trim(), url.replaceAll('&amp;', '&')]),
  );
}

/** A code of the shop's coupons in the text of a mail. */
export function couponIn(mail: DemoMail): string | undefined {
  return /\bCIAO-[A-Z0-9]+\b/.exec(mail.html)?.[0];
}

/** A shopper's own code for friends. */
export function referralIn(mail: DemoMail): string | undefined {
  return /: ([2-9A-HJ-NP-Z]{10})\s*</.exec(mail.html)?.[1];
}

export function pixelOf(mail: DemoMail): string | undefined {
  return /src="([^"]*\/t\/o\/[^"]+)"/.exec(mail.html)?.[1]?.replaceAll('&amp;', '&');
}

export function oneClickOf(mail: DemoMail): string | undefined {
  return /<(http[^>]+)>/.exec(mail.headers['list-unsubscribe'] ?? '')?.[1];
}

/** The campaign's key, first part of our Feedback-ID. */
export function campaignOf(mail: DemoMail): string {
  return mail.headers['feedback-id']?.split(':')[0] ?? '';
}
