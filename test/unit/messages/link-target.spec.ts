import fc from 'fast-check';
import { linkTarget } from '../../../src/messages/link-target';

const utm = { source: 'ritorno', medium: 'email', campaign: 'win-back' };
const ADDED = 'utm_source=ritorno&utm_medium=email&utm_campaign=win-back';

describe('linkTarget', () => {
  it('gives the link back octet for octet', () => {
    for (const url of ['https://shop.test/new?a=1&b=2', 'http://shop.test', 'https://shop.test/%C3%A8?q=a+b#frag'])
      expect(linkTarget(url, null)).toBe(url);
  });

  it('adds the parameters of the campaign at the end of the query, before the fragment', () => {
    expect(linkTarget('https://shop.test/new?a=1', utm)).toBe(`https://shop.test/new?a=1&${ADDED}`);
    expect(linkTarget('https://shop.test/new#top', utm)).toBe(`https://shop.test/new?${ADDED}#top`);
    expect(linkTarget('https://shop.test/?', utm)).toBe(`https://shop.test/?${ADDED}`);
    expect(linkTarget('https://shop.test/a#b#c', utm)).toBe(`https://shop.test/a?${ADDED}#b#c`);
  });

  it('escapes what a parameter holds, and respects parameters that the link already has', () => {
    expect(linkTarget('https://shop.test/', { ...utm, campaign: 'a&b=c d' })).toContain('utm_campaign=a%26b%3Dc%20d');
    expect(linkTarget('https://shop.test/?utm_source=mine', utm)).toBe('https://shop.test/?utm_source=mine');
  });

  it('escapes what a header cannot carry', () => {
    expect(linkTarget('https://shop.test/caffè?x=1', null)).toBe('https://shop.test/caff%C3%A8?x=1');
    expect(linkTarget('https://caffè.test/', null)).toBe('https://xn--caff-8oa.test/');
  });

  it('leads nowhere but to the web, and never breaks a header', () => {
    for (const url of [
      'javascript:alert(1)',
      'mailto:a@b.test',
      '//evil.test',
      '/path',
      'https://',
      '',
      'ftp://x.test/',
    ])
      expect(linkTarget(url, null)).toBeNull();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, withUtm) => {
        const target = linkTarget(`https://shop.test/${text}`, withUtm ? utm : null);
        return target === null || /^https:\/\/[\x21-\x7e]+$/.test(target);
      }),
    );
  });
});
