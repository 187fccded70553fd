import { AppLogger } from '../../../src/platform/logging/logger';
import { type RenderPatience, RenderThreads, type RenderTask } from '../../../src/templates/render-threads';

/** As the service has them, with less patience. */
class Impatient extends RenderThreads {
  protected override readonly patience: RenderPatience = { startMs: 60_000, batchMs: 1_500, mailMs: 2_500 };
}

const threads = new Impatient(new AppLogger('silent'));
afterAll(() => threads.onApplicationShutdown());

const settings = { locale: 'it', currency: 'EUR', timezone: 'Europe/Rome' };
const task = (key: string, html: string, variables: object = {}): RenderTask => ({
  mail: { key, variables, settings, own: ['https://own.test/u'] },
  parts: { subject: 'Ciao {{customer.firstName}}', html, text: '{{customer.firstName}}' },
});
const hello = (n: number): RenderTask =>
  task(
    'hello',
    '<a href="https://shop.test/?n={{n}}&amp;x=1">x</a> <a href="https://own.test/u">u</a> {{money total}}',
    {
      n,
      total: '9.90',
      customer: { firstName: `<Anna ${n}>` },
    },
  );
const wanted = (n: number): object => ({
  ok: true,
  subject: `Ciao <Anna ${n}>`,
  text: `<Anna ${n}>`,
  pieces: ['<a href="', expect.stringMatching(/^">x<\/a> <a href="https:\/\/own\.test\/u">u<\/a> 9,90/)],
  links: [`https://shop.test/?n=${n}&x=1`],
});

describe('mails that threads fill in', () => {
  it('come back in order, batch beside batch', async () => {
    const batches = await Promise.all(
      [0, 1, 2].map((b) => threads.render(Array.from({ length: 50 }, (_, n) => hello(100 * b + n)))),
    );
    batches.forEach((mails, b) => expect(mails).toEqual(mails.map((_, n) => wanted(100 * b + n))));
  });

  it('fail one by one where a template asks for more than a mail may have', async () => {
    const list = Array.from({ length: 500 }, (_, n) => n);
    const nested =
      '{{#each list}}{{#each ../list}}{{#each ../../list}}{{#each ../../../list}}x{{/each}}{{/each}}{{/each}}{{/each}}';
    const mails = await threads.render([
      hello(1),
      task('nested', nested, { list }),
      task('large', '{{#each list}}{{text}}{{/each}}'.replace('{{text}}', '{{../text}}'), {
        list,
        text: 'x'.repeat(10_000),
      }),
      hello(2),
    ]);
    expect(mails).toEqual([
      wanted(1),
      { ok: false, message: 'Too many turns of {{#each}}.' },
      { ok: false, message: '{{#each}} produces too much.' },
      wanted(2),
    ]);
  });

  it('are none the worse for one that holds its thread', async () => {
    const heavy = Array.from({ length: 9_999 }, (_, n) => n);
    // Within every limit of what a mail may ask for, and it writes nothing: only the time stands against it.
    const silent = '{{#if (eq (date "2026-03-02T08:00:00Z" "full") "x")}}y{{/if}}';
    const slow = task('slow', `{{#each list}}${silent.repeat(700)}{{/each}}`, { list: heavy });
    const mails = await threads.render([hello(1), slow, hello(2), slow, slow, slow, hello(3)]);
    const dear = { ok: false, message: expect.stringContaining('too long') as string };
    const untried = { ...dear, untried: true };
    expect(mails).toEqual([wanted(1), dear, wanted(2), dear, untried, untried, wanted(3)]);
  });
});
