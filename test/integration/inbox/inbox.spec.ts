import { startTestApp, type TestApp } from '../../support/app';

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Ciao <a href="https://shop.test/?a=1&amp;b=2">shop</a> <a href="{{links.unsubscribe}}">leave</a>
<script>alert(1)</script></mj-text></mj-column></mj-section></mj-body></mjml>`;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  const template = {
    key: 'hi',
    name: 'hi',
    defaultLocale: 'en',
    locales: { en: { subject: 'È <b>ora</b>', mjml: MJML } },
  };
  await app.request('post', '/api/v1/templates').send(template).expect(201);
});
afterAll(() => app?.close());

const page = (at: string) => app.request('get', at, null);

describe('the development inbox', () => {
  it('is empty at first', async () => {
    expect((await page('/inbox').expect(200)).text).toContain('No mail has arrived yet.');
  });

  it('gets mail by SMTP and shows it as a list, HTML, text, source and links', async () => {
    for (const to of ['anna@example.com', 'berta@example.com']) {
      await app.request('post', '/api/v1/templates/hi/test-send').send({ to }).expect(202);
    }
    await app.advance('PT1M');
    const list = (await page('/inbox').expect(200)).text;
    expect(list).toContain('2 mails');
    expect(list).toContain('È &#60;b&#62;ora&#60;/b&#62;');
    expect((await page('/inbox?q=BERTA').expect(200)).text).not.toContain('anna@example.com');

    const body = (await page('/inbox/mails.json?after=0').expect(200)).body as { items: Array<{ to: string }> };
    expect(body.items.map((one) => one.to).sort()).toEqual(['anna@example.com', 'berta@example.com']);
    expect(body.items[0]).toMatchObject({
      sequence: 1,
      subject: 'È <b>ora</b>',
      headers: { 'auto-submitted': 'auto-generated' },
    });
    expect((await page('/inbox/mails.json?after=1&limit=1').expect(200)).body.items).toHaveLength(1);
    expect((await page('/inbox/mails.json?after=2').expect(200)).body.items).toEqual([]);

    const shown = await page('/inbox/1').expect(200);
    expect(shown.text).toMatch(/<iframe[^>]* sandbox="allow-popups[^"]*" src="\/inbox\/1\/html"/);
    const framed = await page('/inbox/1/html').expect(200);
    expect(framed.headers['content-security-policy']).toMatch(/^sandbox .*default-src 'none'/);
    expect(framed.headers['content-security-policy']).not.toContain('allow-scripts');
    expect(framed.text).toContain('<base target="_blank">');
    expect((await page('/inbox/1?view=text').expect(200)).text).toContain('<pre>Ciao');
    expect((await page('/inbox/1?view=source').expect(200)).text).toContain('Message-ID: &#60;');
    expect((await page('/inbox/1?view=links').expect(200)).text).toMatch(/href="http:\/\/ritorno\.test\/t\/c\//);
  });

  it('knows no other mails and no other files', async () => {
    await page('/inbox/99').expect(404);
    await page('/inbox/-1').expect(404);
    await page('/inbox/..%2f..%2fetc%2fpasswd').expect(400);
    await page('/inbox/1?view=raw').expect(422);
  });

  it('does not exist where mail goes to a server', async () => {
    const real = await startTestApp({ smtpUrl: 'smtp://127.0.0.1:1' });
    try {
      for (const at of ['/inbox', '/inbox/1', '/inbox/1/html', '/inbox/mails.json'])
        await real.request('get', at, null).expect(404);
    } finally {
      await real.close();
    }
  });
});
