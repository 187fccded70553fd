import { type Browser, type Page } from 'playwright-core';
import { startTestApp, type TestApp, uniqueKey } from '../../support/app';
import { insertAskedMail, insertCampaign } from '../../support/asked-mails';
import { axeFindings, HAS_BROWSER, openBrowser, scrollsSideways } from '../../support/browser';
import { insertCustomer } from '../../support/ledger-rows';

const AT = new Date('2026-03-02T08:00:00.000Z');
const WIDTHS = [360, 1280];
const QUESTION = {
  it: 'Quanto è probabile che ci consigli a un amico o a un parente?',
  en: 'How likely are you to recommend us to a friend or relative?',
};
const CHOICES = [
  { value: 'price', label: { it: 'Il prezzo è troppo alto', en: 'The price is too high' } },
  { value: 'taste', label: { it: 'Il caffè non mi è piaciuto', en: 'I did not like the coffee' } },
  { value: 'elsewhere', label: { it: 'Compro da qualcun altro', en: 'I buy elsewhere' } },
  { value: 'other', label: { it: 'Un altro motivo', en: 'Something else' } },
];
const KINDS = {
  nps: {
    kind: 'nps',
    question: QUESTION,
    followUp: { it: 'Che cosa possiamo fare meglio?', en: 'What could we do better?' },
  },
  csat: { kind: 'csat', question: { it: 'Sei soddisfatto del tuo ordine?', en: 'Are you satisfied with your order?' } },
  choice: {
    kind: 'choice',
    question: { it: 'Perché ci hai lasciati?', en: 'Why did you leave us?' },
    choices: CHOICES,
  },
  number: {
    kind: 'number',
    question: {
      it: 'Quanto spendi in caffè al mese, altrove?',
      en: 'What do you spend on coffee elsewhere in a month?',
    },
    scale: { min: 0, max: 2_000 },
  },
  loyalty: { kind: 'loyalty', question: { it: 'Che cosa pensi di noi?', en: 'What do you think of us?' } },
};

(HAS_BROWSER ? describe : describe.skip)('public pages in a browser', () => {
  let service: TestApp;
  let browser: Browser;
  let page: Page;
  let customerId: string;
  const links = new Map<string, string>();

  beforeAll(async () => {
    service = await startTestApp();
    const topics = [
      {
        key: 'news',
        name: { it: 'Novità', en: 'News' },
        description: { it: 'I caffè appena arrivati.', en: 'New coffees.' },
      },
      { key: 'tips', name: { it: 'Consigli', en: 'Tips' }, default: false },
    ];
    await service.request('put', '/api/v1/settings/topics').send({ topics }).expect(200);
    browser = await openBrowser();
    page = await browser.newPage();
    customerId = await insertCustomer(service.database, AT, { locale: 'it' });
    const campaignId = await insertCampaign(service, AT, uniqueKey('ask'));
    for (const [name, survey] of Object.entries(KINDS)) {
      const made = await service
        .request('post', '/api/v1/surveys')
        .send({ key: uniqueKey(name), ...survey })
        .expect(201);
      const { id: surveyId } = made.body as { id: string };
      const { links: of } = await insertAskedMail(service, AT, { surveyId, campaignId, customerId });
      links.set(name, of.survey(name === 'nps' ? 9 : name === 'number' ? null : 2));
      links.set('unsubscribe', of.unsubscribe);
      links.set('preferences', of.preferences);
    }
    links.set('unknown', 'http://ritorno.test/s/nonsense');
  });
  afterAll(async () => {
    await browser.close();
    await service.close();
  });

  const open = async (name: string): Promise<void> => {
    await page.goto((links.get(name) ?? '').replace('http://ritorno.test', service.url));
  };

  /** Looks at the page as it is, at both widths. */
  const look = async (name: string, widths = WIDTHS): Promise<string[]> => {
    const found: string[] = [];
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      if (process.env.SHOTS)
        await page.screenshot({ path: `${process.env.SHOTS}/${name}-${width}.png`, fullPage: true });
      if (await scrollsSideways(page)) found.push(`${name} scrolls sideways at ${width}`);
      found.push(...(await axeFindings(page)).map((finding) => `${name} at ${width}: ${finding}`));
    }
    return found;
  };

  test.each([...Object.keys(KINDS), 'unsubscribe', 'preferences', 'unknown'])(
    'axe finds nothing on the page %s, on a phone and on a desk',
    async (name) => {
      await open(name);
      expect(await look(name)).toEqual([]);
    },
  );

  it('axe finds nothing where something is missing, on the thanks, and where it was answered before', async () => {
    const found: string[] = [];
    for (const name of ['number', 'loyalty']) {
      await open(name);
      await page.evaluate(() => {
        const all = (
          globalThis as unknown as { document: { querySelectorAll(s: string): Iterable<{ checked: boolean }> } }
        ).document;
        for (const one of all.querySelectorAll('input[type=radio]')) one.checked = false;
      });
      await page.click('button[type=submit]');
      found.push(...(await look(`${name}-fault`, [360])));
    }
    await open('nps');
    await page.fill('#comment', 'Caffè ottimo, spedizione lenta.');
    await page.click('button[type=submit]');
    found.push(...(await look('nps-thanks', [360])));
    await page.click('text=Cambiala');
    found.push(...(await look('nps-change', [1280])));
    expect(found).toEqual([]);
  });

  it('a keyboard alone finds topics, how often and the pause, and axe nothing in what follows', async () => {
    await page.setViewportSize({ width: 360, height: 800 });
    await open('preferences');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=status]');
    const [row] = await service.database.query<{ wishes: Record<string, { value: unknown }> }>(
      'select wishes from customers where id = $1',
      [customerId],
    );
    const said = Object.entries(row!.wishes).map(([name, { value }]) => [name, value]);
    expect(Object.fromEntries(said)).toEqual({ 'topic:news': false, 'topic:tips': false, frequency: 'weekly' });
    await page.click('text=Pausa di un mese');
    const found = await look('preferences-paused', [360]);
    await page.click('text=Cancella i miei dati');
    found.push(...(await look('erase', WIDTHS)));
    expect(found).toEqual([]);
  });

  it('a keyboard alone chooses another score, writes, sends, and answers what is asked on', async () => {
    await page.setViewportSize({ width: 360, height: 800 });
    await open('csat');
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const { document } = globalThis as unknown as {
          document: { activeElement: { name?: string; value?: string; tagName: string } };
        };
        const { tagName, name = '', value = '' } = document.activeElement;
        return tagName === 'INPUT' ? `${name}=${value}` : `${tagName.toLowerCase()} ${name}`.trim();
      });
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('score=3');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('score=4');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('textarea comment');
    await page.keyboard.type('Tutto bene');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('button');
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:text("Grazie!")');
    const rows = await service.database.query(
      `select score, comment from survey_responses where customer_id = $1 and kind = 'csat'`,
      [customerId],
    );
    expect(rows).toEqual([{ score: '4', comment: 'Tutto bene' }]);
  });
});
