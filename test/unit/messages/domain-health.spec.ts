import { DomainHealth, type DomainHealthView } from '../../../src/messages/domain-health';
import {
  type DomainCheck,
  judgeDkim,
  judgeDmarc,
  judgeMx,
  judgeSpf,
} from '../../../src/messages/domain/read-domain-records';
import { AppConfig } from '../../../src/platform/config/config';
import { testKey } from '../../support/dkim';
import { type DnsStub, startDnsStub, type Zone } from '../../support/dns-stub';

const rsa = testKey('bottega.test', 's2026a', 'rsa');
const edwards = testKey('bottega.test', 'ed', 'ed25519');

let dns: DnsStub;

beforeAll(async () => {
  dns = await startDnsStub();
});
afterAll(() => dns.close());
beforeEach(() => {
  dns.silent = false;
});

const config = (more: Record<string, string> = {}) =>
  AppConfig.from({
    NODE_ENV: 'test',
    PUBLIC_URL: 'https://mail.bottega.test',
    MAIL_FROM: 'Bottega <ciao@bottega.test>',
    BOUNCE_DOMAIN: 'bounces.bottega.test',
    DKIM_DOMAIN: 'bottega.test',
    DKIM_SELECTOR: 's2026a,ed',
    DKIM_PRIVATE_KEY_FILE: `${rsa.file},${edwards.file}`,
    ...more,
  });
const GOOD: Zone = {
  'bottega.test': { mx: ['mx.bottega.test'] },
  'bounces.bottega.test': { txt: ['v=spf1 include:relay.test ~all'], mx: ['mx.bottega.test'] },
  's2026a._domainkey.bottega.test': { txt: [rsa.record] },
  'ed._domainkey.bottega.test': { txt: [edwards.record] },
  '_dmarc.bottega.test': { txt: ['v=DMARC1; p=quarantine'] },
};
const shown = (checks: readonly DomainCheck[]) => checks.map(({ check, status }) => `${check} ${status}`);

describe('domain health', () => {
  it('is good where all is published', async () => {
    dns.zone = GOOD;
    const view = await new DomainHealth(config(), dns.resolver).check();
    expect(shown(view.checks)).toEqual([
      'spf ok',
      'dkim ok',
      'dkim ok',
      'dmarc ok',
      'mx ok',
      'returnPath ok',
      'links ok',
    ]);
    expect(view).toMatchObject({ status: 'ok', domain: 'bottega.test', returnPathDomain: 'bounces.bottega.test' });
    expect(view.checks.every(({ publish }) => publish === null)).toBe(true);
  });

  it('says what to publish where nothing is', async () => {
    dns.zone = {};
    const view = await new DomainHealth(config(), dns.resolver).check();
    expect(shown(view.checks)).toEqual([
      'spf fail',
      'dkim fail',
      'dkim fail',
      'dmarc fail',
      'mx warn',
      'returnPath fail',
      'links ok',
    ]);
    expect(view.checks[1]?.publish).toEqual({ name: 's2026a._domainkey.bottega.test', type: 'TXT', value: rsa.record });
    expect(view.checks[2]?.publish?.value).toBe(edwards.record);
    expect(view.checks[3]?.publish?.name).toBe('_dmarc.bottega.test');
  });

  const couldNotBeAsked = (view: DomainHealthView): void => {
    expect(view.status).toBe('warn');
    for (const { status, detail } of view.checks.slice(0, -1))
      expect([status, detail]).toEqual(['warn', expect.stringContaining('could not be asked')]);
  };

  it('says that DNS could not be asked', async () => {
    dns.silent = true;
    couldNotBeAsked(await new DomainHealth(config(), dns.hasty).check());
  });

  it('says so after five seconds, whatever DNS does', async () => {
    const never = { resolveTxt: () => new Promise<never>(() => {}), resolveMx: () => new Promise<never>(() => {}) };
    jest.useFakeTimers();
    try {
      const check = new DomainHealth(config(), never).check();
      await jest.advanceTimersByTimeAsync(5_000);
      // No more time passes.
      couldNotBeAsked(await check);
    } finally {
      jest.useRealTimers();
    }
  });

  it("takes the organisation's DMARC record for a domain below it, and tells what is not set", async () => {
    dns.zone = GOOD;
    const plain = config({
      PUBLIC_URL: 'http://localhost',
      MAIL_FROM: 'x@news.bottega.test',
      BOUNCE_DOMAIN: '',
      DKIM_DOMAIN: '',
      DKIM_SELECTOR: '',
      DKIM_PRIVATE_KEY_FILE: '',
    });
    const view = await new DomainHealth(plain, dns.resolver).check();
    expect(shown(view.checks)).toEqual([
      'spf fail',
      'dkim fail',
      'dmarc warn',
      'mx warn',
      'returnPath warn',
      'links fail',
    ]);
    expect(view.checks[2]?.name).toBe('_dmarc.bottega.test');
  });
});

describe('the records of a domain', () => {
  it.each([
    ['ok', ['v=spf1 mx -all']],
    ['ok', ['hello', 'v=spf1 redirect=_spf.relay.test']],
    ['warn', ['v=spf1 mx']],
    ['fail', ['v=spf1 mx +all']],
    ['fail', ['v=spf1 mx -all', 'v=spf1 a -all']],
    ['fail', [`v=spf1 ${'include:a.test '.repeat(11)}-all`]],
    ['fail', ['v=spf10 -all']],
  ])('SPF %s: %j', (status, texts) => {
    expect(judgeSpf(texts).status).toBe(status);
  });

  it.each([
    ['ok', 'v=DKIM1; k=rsa; p=AAAA', 2048],
    ['ok', 'p=AA AA', null],
    ['warn', 'v=DKIM1; t=y; p=AAAA', 2048],
    ['warn', 'v=DKIM1; p=AAAA', 1024],
    ['fail', 'v=DKIM1; p=BBBB', 2048],
    ['fail', 'v=DKIM1; p=', 2048],
    ['fail', 'hello', 2048],
  ] as const)('DKIM %s: %s', (status, text, bits) => {
    expect(judgeDkim([text], { publicKey: 'AAAA', bits }).status).toBe(status);
  });

  it.each([
    ['ok', 'v=DMARC1; p=reject', ['b.test'], 'x.test'],
    ['warn', 'v=DMARC1; p=none', ['b.test'], 'b.test'],
    ['warn', 'v=DMARC1; p=reject', ['x.test'], 'bounces.b.test'],
    ['fail', 'v=DMARC1; p=reject; aspf=s', ['x.test'], 'bounces.b.test'],
    ['fail', 'v=DMARC1; p=reject; adkim=s', ['mail.b.test'], 'x.test'],
    ['fail', 'v=DMARC1', ['b.test'], 'b.test'],
    ['fail', 'p=reject', ['b.test'], 'b.test'],
  ])('DMARC %s: %s signed by %j, bounces to %s', (status, text, dkimDomains, envelopeDomain) => {
    expect(judgeDmarc([text], { domain: 'b.test', dkimDomains, envelopeDomain }).status).toBe(status);
  });

  it('MX', () => {
    expect([judgeMx([]), judgeMx(['.']), judgeMx(['mx.b.test'])].map(({ status }) => status)).toEqual([
      'warn',
      'fail',
      'ok',
    ]);
  });
});
