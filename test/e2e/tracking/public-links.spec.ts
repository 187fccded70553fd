import { LinkTokens, type MessageLinks } from '../../../src/messages/link-tokens';
import { startTestApp, type TestApp } from '../../support/app';
import { insertCustomer, insertSentMessage } from '../../support/ledger-rows';

const AT = new Date('2026-03-02T08:00:00.000Z');
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

describe.each([
  ['on the test clock', undefined],
  ['on real time', null],
])('what a mail links to, %s', (_, clock) => {
  let service: TestApp;
  let customerId: string;
  let messageId: string;
  let links: MessageLinks;

  beforeAll(async () => {
    service = await startTestApp({ ...(clock === null ? { clock } : {}) });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    customerId = await insertCustomer(service.database, AT, { locale: 'it' });
    messageId = await insertSentMessage(service.database, AT, customerId, {
      links: ['https://shop.test/new?a=1&b=2', 'https://shop.test/caffè'],
    });
    links = service.app.get(LinkTokens).of(messageId);
  });

  const fetchLink = (link: string, init: Omit<RequestInit, 'headers'> & { agent?: string } = {}) =>
    fetch(link.replace('http://ritorno.test', service.url), {
      redirect: 'manual',
      ...init,
      headers: { 'user-agent': init.agent ?? CHROME },
    });
  const message = async () => {
    const rows = await service.database.query<Record<string, Date | null>>(
      `select opened_at, clicked_at, machine_opened_at, machine_clicked_at, unsubscribed_at from messages where id = $1`,
      [messageId],
    );
    return rows[0]!;
  };
  const hits = () =>
    service.database.query<{ kind: string; machine: boolean; rule: string | null; method: string }>(
      'select kind, machine, rule, method from hits where message_id = $1 order by id',
      [messageId],
    );
  const status = async () => {
    const answer = await service.request('get', `/api/v1/customers/${customerId}`).expect(200);
    return (answer.body as { consent: { status: string } }).consent.status;
  };

  it('a pixel: a GIF that nobody keeps, and an open that is recorded when the answer comes', async () => {
    const answer = await fetchLink(links.open);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('image/gif');
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 6)
        .toString(),
    ).toBe('GIF89a');
    expect((await message()).opened_at).toBeInstanceOf(Date);
    expect(await hits()).toEqual([{ kind: 'open', machine: false, rule: null, method: 'GET' }]);
  });

  it('a pixel of a token that is none: the GIF all the same, and nothing recorded', async () => {
    for (const token of ['nonsense', `${links.open.split('/').at(-1)}x`, '%00', 'a'.repeat(3_000)]) {
      const answer = await fetchLink(`${service.url}/t/o/${token}`);
      if (token.length < 1_000) expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/gif']);
    }
    expect(await hits()).toEqual([]);
  });

  it('HEAD and crawlers are kept as machines, and a query is not looked at', async () => {
    expect((await fetchLink(links.open, { method: 'HEAD' })).status).toBe(200);
    expect((await fetchLink(`${links.open}?x=1`, { agent: GOOGLEBOT })).status).toBe(200);
    expect((await fetchLink(links.click(0), { method: 'HEAD' })).status).toBe(302);
    expect(await hits()).toEqual([
      { kind: 'open', machine: true, rule: 'head', method: 'HEAD' },
      { kind: 'open', machine: true, rule: 'crawler', method: 'GET' },
      { kind: 'click', machine: true, rule: 'head', method: 'HEAD' },
    ]);
    expect(await message()).toMatchObject({ opened_at: null, clicked_at: null });
    expect((await message()).machine_opened_at).toBeInstanceOf(Date);
    expect((await message()).machine_clicked_at).toBeInstanceOf(Date);
  });

  it('a click: on to where the stored message says, whatever the query says', async () => {
    const answer = await fetchLink(links.click(0));
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://shop.test/new?a=1&b=2']);
    for (const name of ['url', 'u', 'to', 'redirect'])
      expect((await fetchLink(`${links.click(0)}?${name}=https://evil.test/`)).headers.get('location')).toBe(
        'https://shop.test/new?a=1&b=2',
      );
    expect((await fetchLink(links.click(1))).headers.get('location')).toBe('https://shop.test/caff%C3%A8');
    expect((await message()).clicked_at).toBeInstanceOf(Date);
  });

  it('a click with a bad token, another purpose or a number beyond the links: 404 and no location', async () => {
    const token = links.click(0).split('/').at(-1)!;
    const changed = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
    const others = [
      changed,
      token.slice(1),
      `${token}=`,
      links.open.split('/').at(-1),
      links.click(7).split('/').at(-1),
    ];
    for (const bad of others) {
      const answer = await fetchLink(`${service.url}/t/c/${bad}`);
      expect([answer.status, answer.headers.get('location')]).toEqual([404, null]);
      expect(answer.headers.get('content-type')).toContain('text/html');
    }
    expect((await hits()).length).toBe(0);
  });

  it('unsubscribe: a page in the language of the person; GET and HEAD change nothing', async () => {
    const answer = await fetchLink(links.unsubscribe);
    const html = await answer.text();
    expect(answer.status).toBe(200);
    expect(html).toContain('<html lang="it">');
    expect(html).toMatch(/<form method="post">/);
    expect(html).not.toMatch(/<script|@example\.com|javascript:/i);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await fetchLink(links.unsubscribe, { method: 'HEAD' })).status).toBe(200);
    expect(await status()).toBe('subscribed');
    expect(await hits()).toEqual([]);
  });

  it('unsubscribe: one click, urlencoded, multipart, empty, by a machine, again and again, without a redirect', async () => {
    const form = new FormData();
    form.set('List-Unsubscribe', 'One-Click');
    for (const body of [form, new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }), undefined, form]) {
      const answer = await fetchLink(links.unsubscribe, { method: 'POST', agent: 'node', ...(body ? { body } : {}) });
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain('Bottega');
    }
    expect(await status()).toBe('unsubscribed');
    expect((await message()).unsubscribed_at).toBeInstanceOf(Date);
    expect(await (await fetchLink(links.unsubscribe)).text()).not.toContain('<form');
  });

  it('unsubscribe: a token that is none is a 404 for every method', async () => {
    for (const method of ['GET', 'HEAD', 'POST']) {
      const answer = await fetchLink(`${service.url}/u/${links.open.split('/').at(-1)}`, { method });
      expect(answer.status).toBe(404);
    }
  });

  it('preferences: the language that was chosen, and unsubscribe', async () => {
    const page = await (await fetchLink(links.preferences)).text();
    expect(page).toContain('<option value="it" lang="it" selected>');
    const post = (fields: Record<string, string>) =>
      fetchLink(links.preferences, { method: 'POST', body: new URLSearchParams(fields) });
    const chosen = await post({ action: 'language', locale: 'en' });
    expect(chosen.status).toBe(200);
    expect(await chosen.text()).toContain('<html lang="en">');
    const customer = (await service.request('get', `/api/v1/customers/${customerId}`).expect(200)).body as object;
    expect(customer).toMatchObject({ locale: 'en', consent: { status: 'subscribed' } });
    expect((await post({ action: 'language', locale: 'xx' })).status).toBe(422);
    expect((await post({ action: 'dance' })).status).toBe(422);
    expect((await post({ action: 'unsubscribe' })).status).toBe(200);
    expect(await status()).toBe('unsubscribed');
    expect(await (await fetchLink(links.preferences)).text()).not.toContain('value="unsubscribe"');
  });

  it('a test mail, which is to nobody, has working pages that change nothing', async () => {
    const id = await insertSentMessage(service.database, AT, null);
    const nobody = service.app.get(LinkTokens).of(id);
    expect((await fetchLink(nobody.unsubscribe, { method: 'POST' })).status).toBe(200);
    expect((await fetchLink(nobody.preferences)).status).toBe(200);
    expect(
      (
        await fetchLink(nobody.preferences, {
          method: 'POST',
          body: new URLSearchParams({ action: 'language', locale: 'it' }),
        })
      ).status,
    ).toBe(200);
  });

  it('a thousand opens at once are a thousand rows', async () => {
    await Promise.all(
      Array.from({ length: 1_000 }, () => fetchLink(links.open).then((answer) => answer.arrayBuffer())),
    );
    expect(await hits()).toHaveLength(1_000);
  });
});
