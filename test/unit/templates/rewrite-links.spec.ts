import { insertPixel, rewriteLinks } from '../../../src/templates/domain/rewrite-links';

const none = new Set<string>();

describe('links of a rendered mail', () => {
  it('numbers web links in order, decodes their addresses and encodes the new ones', () => {
    const html =
      '<p><a class="x" href="https://shop.test/new?a=1&amp;b=2">n</a> <A\n HREF=\'http://shop.test/?q&#x3D;1\'>m</A></p>';
    const result = rewriteLinks(html, none, (url, i) => `https://r.test/${i}?x="&${url.length}`);
    expect(result.links).toEqual(['https://shop.test/new?a=1&b=2', 'http://shop.test/?q=1']);
    expect(result.html).toBe(
      '<p><a class="x" href="https://r.test/0?x=&quot;&amp;29">n</a> <A\n HREF=\'https://r.test/1?x=&quot;&amp;21\'>m</A></p>',
    );
  });

  it('leaves the links of the mail itself, mailto, tel and anchors', () => {
    const html =
      '<a href="https://r.test/u/t">u</a><a href="mailto:a@b.test?subject=x">m</a><a href="tel:+39">t</a><a href="#top">a</a><a name="x">n</a><a>o</a>';
    const result = rewriteLinks(html, new Set(['https://r.test/u/t']), () => 'no');
    expect(result).toEqual({ html, links: [] });
  });

  it('lets no link run a script', () => {
    for (const bad of [
      'javascript:alert(1)',
      ' JaVaScRiPt:alert(1)',
      '&#106;avascript:x',
      'data:text/html,x',
      'vbscript:x',
    ]) {
      expect(rewriteLinks(`<a href="${bad}">x</a>`, none).html).toBe('<a href="#">x</a>');
    }
  });

  it('takes other tags, data attributes and broken tags for what they are', () => {
    for (const html of [
      '<abbr href="https://a.test">',
      '<address x>',
      '<a data-href="https://a.test">x</a>',
      '<a href="https://a.test',
      '<a',
      '<a ',
    ]) {
      expect(rewriteLinks(html, none, () => 'no')).toEqual({ html, links: [] });
    }
    expect(rewriteLinks('<a title="a > b" href=https://a.test/x>y</a>', none, () => 'https://r.test').html).toBe(
      '<a title="a > b" href=https://r.test>y</a>',
    );
  });

  // Read more than once, these take minutes.
  it('reads a tag without an end once', () => {
    const html = '<a x '.repeat(100_000);
    expect(rewriteLinks(html, none).html).toBe(html);
    expect(rewriteLinks('<a ='.repeat(100_000), none).links).toEqual([]);
  });

  it('puts the pixel at the end of the body', () => {
    expect(insertPixel('<body>x</body></html>', 'https://r.test/o?a&b')).toMatch(
      /^<body>x<img src="https:\/\/r\.test\/o\?a&amp;b" [^>]*\/><\/body><\/html>$/,
    );
    expect(insertPixel('x', 'https://r.test')).toMatch(/^x<img /);
  });
});
