import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { machineRule } from '../../../src/tracking/domain/classify-hit';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const get = (userAgent: string | undefined, purpose?: string) => machineRule({ method: 'GET', userAgent, purpose });

describe('machineRule', () => {
  it.each([
    ['a browser', CHROME],
    ['Apple Mail', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)'],
    [
      'Apple Mail on a phone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
    ],
    ['Outlook', 'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)'],
    ['Outlook, the older way', 'Mozilla/4.0 (compatible; ms-office; MSOffice 16)'],
    ['Thunderbird', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.2.0'],
  ])('%s is a person', (_, userAgent) => {
    expect(get(userAgent)).toBeNull();
  });

  it.each([
    ['Mozilla/5.0', 'apple_mail_privacy'],
    ['Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)', 'google_image_proxy'],
    ['YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html', 'yahoo_mail_proxy'],
    ['Seznam Email Proxy', 'crawler'],
    ['Fastmail Image Proxy', 'mail_proxy'],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'crawler'],
    ['curl/8.14.1', 'crawler'],
    ['Barracuda Sentinel (EE)', 'link_scanner'],
    ['Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko Mimecast', 'link_scanner'],
    ['', 'no_user_agent'],
    [undefined, 'no_user_agent'],
  ])('%s is a machine: %s', (userAgent, rule) => {
    expect(get(userAgent)).toBe(rule);
  });

  it('takes HEAD and prefetching for machines whoever asks', () => {
    expect(machineRule({ method: 'HEAD', userAgent: CHROME, purpose: undefined })).toBe('head');
    expect(get(CHROME, 'prefetch;prerender')).toBe('prefetch');
    expect(get(CHROME, 'preview')).toBe('prefetch');
    expect(get(CHROME, 'navigate')).toBeNull();
  });

  it('looks at the first 512 characters and bears anything', () => {
    expect(get(`${CHROME} ${'x'.repeat(100_000)} bot`)).toBeNull();
    expect(() => get('\u0000\uffff(((')).not.toThrow();
  });

  const list = path.join(
    process.env.RITORNO_DATA ?? path.join(__dirname, '../../../../shared/data'),
    'bots/browsers.txt',
  );
  (existsSync(list) ? it : it.skip)('calls no real browser a machine', () => {
    const browsers = readFileSync(list, 'utf8').split('\n').filter(Boolean);
    expect(browsers.length).toBeGreaterThan(900);
    expect(browsers.filter((userAgent) => get(userAgent) !== null)).toEqual([]);
  });
});
