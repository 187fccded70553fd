import { checkMjml } from '../../../src/templates/domain/check-mjml';

const wrap = (body: string) =>
  `<mjml><mj-body><mj-section><mj-column>${body}</mj-column></mj-section></mj-body></mjml>`;

describe('faults that the MJML library lets pass', () => {
  it.each([
    wrap('<mj-text>a < b & c <br> <!-- </mj-text> --></mj-text>'),
    wrap('<mj-image src="{{links.assets}}/a.png" alt="a > b" /><mj-spacer/>'),
    '<mjml><mj-head><mj-attributes><mj-all font-family="x" /></mj-attributes><mj-style>a > b { c: d }</mj-style></mj-head><mj-body></mj-body></mjml>',
    '<mjml><mj-body><!-- {{#if locale}} --><mj-section></mj-section><!-- {{/if}} --></mj-body></mjml>',
    '<mjml><mj-body><mj-raw>{{#if locale}}</mj-raw><mj-section></mj-section><mj-raw>{{/if}}</mj-raw></mj-body></mjml>',
  ])('takes %s', (source) => {
    expect(checkMjml(source, 'p')).toEqual([]);
  });

  it.each([
    ['<mjml>\n<mj-body>', /<mj-body> is not closed/, 2, 1],
    [wrap('\n <mj-text>x'), /<mj-text> is not closed before <\/mj-column>/, 2, 2],
    [wrap('x</mj-text>'), /not closed before <\/mj-text>/, 1, 28],
    ['</mjml>', /was not opened/, 1, 1],
    [wrap('<mj-include path="/etc/passwd" />'), /mj-include/, 1, 39],
    [wrap('<mj-text><MJ-INCLUDE path="x"></mj-text>'), /mj-include/, 1, 48],
    [wrap('<mj-text><mj-button>x</mj-button></mj-text>'), /<mj-button> cannot stand inside of <mj-text>/, 1, 48],
    ['<mjml><mj-body>{{#if locale}}<mj-section></mj-section>{{/if}}</mj-body></mjml>', /put it into <mj-raw>/, 1, 16],
    [wrap('<mj-image src="x>'), /not finished/, 1, 39],
    ['<mjml><!-- x', /comment is not closed/, 1, 7],
    ['hello', /no MJML/, 1, 1],
    ['', /no MJML/, 1, 1],
  ])('refuses %s', (source, message, line, column) => {
    const [fault] = checkMjml(source, 'p');
    expect(fault).toMatchObject({ path: 'p', message: expect.stringMatching(message) as string, line, column });
  });

  it('bounds elements and depth, in linear time', () => {
    expect(checkMjml(wrap('<mj-spacer />'.repeat(3_000)), 'p').at(-1)?.message).toMatch(/too many/);
    expect(checkMjml('<mj-wrapper>'.repeat(40), 'p').at(-1)?.message).toMatch(/too deep/);
    expect(checkMjml(`<mjml>${'<mj-x '.repeat(30_000)}`, 'p')).toHaveLength(1);
  });
});
