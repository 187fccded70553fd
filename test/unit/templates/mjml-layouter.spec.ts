import { MjmlLayouter } from '../../../src/templates/mjml-layouter';

class Impatient extends MjmlLayouter {
  protected override readonly patienceMs = 1;
}

const SMALL = '<mjml><mj-body><mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section></mj-body></mjml>';
const LARGE = `<mjml><mj-body>${'<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>'.repeat(300)}</mj-body></mjml>`;

describe('the thread that lays out MJML', () => {
  it('answers one after the other, and says what the library says', async () => {
    const layouter = new MjmlLayouter();
    const [first, second, third] = await Promise.all([
      layouter.layOut(SMALL),
      layouter.layOut('<mjml></mjml>'),
      layouter.layOut('<mjml><mj-body><mj-nope /></mj-body></mjml>'),
    ]);
    expect(first).toMatchObject({ html: expect.stringContaining('>x<') as string, errors: [] });
    expect(second).toMatchObject({ failed: expect.stringContaining('Malformed') as string });
    expect(third).toMatchObject({ errors: [{ line: 1, tagName: 'mj-nope' }] });
    await layouter.onApplicationShutdown();
  });

  it('gives up on what takes too long, and lays out the next one', async () => {
    const layouter = new Impatient();
    expect(await layouter.layOut(LARGE)).toEqual({ tooSlow: true });
    expect(await layouter.layOut(LARGE)).toEqual({ tooSlow: true });
    await layouter.onApplicationShutdown();
  });
});
