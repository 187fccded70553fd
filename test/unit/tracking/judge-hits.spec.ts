import { HIDDEN_LINK, withHiddenLink } from '../../../src/messages/hidden-link';
import { type HitMail, judgeHits, type KeptHit } from '../../../src/tracking/domain/judge-hits';
import { isMailboxProvider } from '../../../src/tracking/domain/mailbox-providers';

const SENT = Date.UTC(2026, 2, 2, 8);
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
let last = 0;

/** A click on a link so many seconds after the sending. */
const click = (linkIndex: number, seconds: number, more: Partial<KeptHit> = {}): KeptHit => ({
  id: String(++last),
  messageId: 'm',
  kind: 'click',
  linkIndex,
  at: new Date(SENT + seconds * 1_000),
  userAgent: CHROME,
  method: 'GET',
  rule: null,
  ...more,
});
const open = (seconds: number, more: Partial<KeptHit> = {}): KeptHit =>
  click(0, seconds, { kind: 'open', linkIndex: null, ...more });
const mail = (more: Partial<HitMail> = {}): HitMail => ({
  id: 'm',
  sentAt: new Date(SENT),
  links: 3,
  domain: 'corp.test',
  ...more,
});
const rules = (hits: KeptHit[], ...mails: HitMail[]) => {
  const verdicts = judgeHits(hits, new Map((mails.length > 0 ? mails : [mail()]).map((one) => [one.id, one])));
  return hits.map((hit) => verdicts.get(hit.id) ?? null);
};

describe('hits judged by what stands around them', () => {
  it('a person reads, clicks, and clicks again', () => {
    expect(rules([open(60), click(0, 62), click(1, 63), click(2, 90)])).toEqual([null, null, null, null]);
    expect(rules([click(0, 60), click(0, 60.2), click(0, 60.4)])).toEqual([null, null, null]);
  });

  it('who follows the hidden link is a machine, and so is what it did with the mail just then', () => {
    const hits = [
      open(600),
      click(1, 601),
      click(HIDDEN_LINK, 602),
      click(0, 602, { userAgent: FIREFOX }),
      click(2, 700),
    ];
    expect(rules(hits)).toEqual(['hidden_link', 'hidden_link', 'hidden_link', null, null]);
  });

  it('all links within two seconds; with them the picture, if the same client fetched it', () => {
    const burst = [
      open(60, { userAgent: FIREFOX }),
      open(60.1),
      click(0, 60),
      click(1, 61),
      click(2, 61.9),
      click(0, 80),
    ];
    expect(rules(burst)).toEqual([null, 'all_links', 'all_links', 'all_links', 'all_links', null]);
    expect(rules([click(0, 60), click(1, 61), click(2, 62.1)])).toEqual([null, null, null]);
    expect(rules([click(0, 60), click(0, 61)], mail({ links: 1 }))).toEqual([null, null]);
  });

  it('two links within five seconds after the sending, not one, and not a picture', () => {
    expect(rules([click(0, 3), click(1, 4.9)])).toEqual(['soon_after_delivery', 'soon_after_delivery']);
    expect(rules([open(1), click(0, 3), click(0, 4)])).toEqual([null, null, null]);
    expect(rules([click(0, 3), click(1, 5.1)])).toEqual([null, null]);
    expect(rules([click(0, 3), click(1, 4)], mail({ sentAt: null }))).toEqual([null, null]);
  });

  it('several recipients of one domain at once, by one client', () => {
    const at = (domain: string) => ['a', 'b', 'c'].map((id) => mail({ id, domain }));
    const hits = (links: number[]) =>
      links.map((link, n) => click(link, 100 + n / 2, { messageId: 'abc'[n % 3] ?? '' }));
    expect(new Set(rules(hits([0, 1, 0]), ...at('corp.test')))).toEqual(new Set(['domain_burst']));
    expect(new Set(rules(hits([0, 0, 0]), ...at('corp.test')))).toEqual(new Set([null]));
    expect(new Set(rules(hits([0, 1, 0]), ...at('gmail.com')))).toEqual(new Set([null]));
    expect(new Set(rules(hits([0, 1, 0, 1, 0]), ...at('gmail.com')))).toEqual(new Set([null]));
    const two = [0, 1].flatMap((link) => ['a', 'b', 'c'].map((id, n) => click(link, 100 + n / 2, { messageId: id })));
    expect(new Set(rules(two, ...at('gmail.com')))).toEqual(new Set(['domain_burst']));
    const strangers = hits([0, 1, 0]).map((hit, n) => ({ ...hit, userAgent: n === 0 ? FIREFOX : CHROME }));
    expect(new Set(rules(strangers, ...at('corp.test')))).toEqual(new Set([null]));
  });

  it('an instant at which everything happens says nothing: a clock that stands still', () => {
    expect(rules([click(0, 0), click(1, 0), click(2, 0)])).toEqual([null, null, null]);
    expect(rules([click(0, 3), click(1, 3), click(2, 3)])).toEqual([null, null, null]);
    const mails = ['a', 'b', 'c'].map((id) => mail({ id }));
    expect(
      rules(
        mails.flatMap(({ id }) => [click(0, 9, { messageId: id }), click(1, 9, { messageId: id })]),
        ...mails,
      ),
    ).toEqual(Array(6).fill(null));
  });

  it('is the same whenever it is asked, and does not forget what is not kept', () => {
    const hits = [open(60.1), click(0, 60), click(1, 61), click(2, 61.9)];
    const verdicts = rules(hits);
    expect(rules(hits.map((hit, n) => ({ ...hit, rule: verdicts[n] ?? null })))).toEqual(verdicts);
    expect(rules([click(0, 60, { rule: 'prefetch' })])).toEqual(['prefetch']);
    expect(rules([click(0, 60, { userAgent: null, rule: 'crawler' })])).toEqual(['crawler']);
    expect(rules([click(0, 60, { userAgent: null })])).toEqual([null]);
    expect(rules([click(0, 60, { userAgent: null, rule: 'no_user_agent' })])).toEqual(['no_user_agent']);
    expect(rules([click(0, 60, { method: 'HEAD' })])).toEqual(['head']);
    // A verdict that the rules of now do not give is taken back.
    expect(rules([click(0, 60, { rule: 'crawler' })])).toEqual([null]);
  });

  it('knows who gives mailboxes to everybody', () => {
    for (const domain of ['gmail.com', 'libero.it', 'yahoo.co.uk', 'outlook.com', 'web.de', 'hotmail.it'])
      expect([domain, isMailboxProvider(domain)]).toEqual([domain, true]);
    for (const domain of ['corp.test', 'bottega.it', 'mail.bottega.it', 'gmail.com.evil.test'])
      expect([domain, isMailboxProvider(domain)]).toEqual([domain, false]);
  });
});

describe('the hidden link', () => {
  it('stands at the end, for nobody to see, hear or reach', () => {
    const html = withHiddenLink('<html><body><p>Ciao</p></body></html>', 'https://r.test/t/c/x');
    expect(html).toMatch(
      /<p>Ciao<\/p><a href="https:\/\/r\.test\/t\/c\/x" aria-hidden="true" tabindex="-1" style="display:none[^>]*><\/a><\/body>/,
    );
    expect(withHiddenLink('Ciao', 'u')).toMatch(/^Ciao<a /);
  });
});
