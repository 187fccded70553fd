import { Agent, request } from 'node:http';
import { LinkTokens } from '../../src/messages/link-tokens';
import { startTestApp, type TestApp } from '../support/app';
import { faultSeed, LONG, tell } from '../support/fault-form';
import { mulberry32 } from '../support/hostile-server';
import { insertCustomer, insertSentMessage } from '../support/ledger-rows';

const TOKENS = LONG ? 10_000 : 700;
const AT_ONCE = 16;
const AT = new Date('2026-03-02T08:00:00.000Z');
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PATHS = ['t/o', 't/c', 'u', 'p', 's', 'v', 'c'] as const;
const seed = faultSeed();

let app: TestApp;
beforeAll(async () => {
  // Without limits: a 429 judges no token, and all of them come from one address.
  app = await startTestApp({ env: { RATE_LIMIT_PAGES: '0', RATE_LIMIT_FAILURES: '0' } });
});
afterAll(() => app?.close());

interface Answer {
  status: number | undefined;
  location: string | undefined;
  type: string | undefined;
}

function call(agent: Agent, method: string, path: string): Promise<Answer> {
  return new Promise((done, failed) => {
    request(`${app.url}/${path}`, { agent, method }, (response) => {
      const { location, 'content-type': type } = response.headers;
      response.resume().once('end', () => done({ status: response.statusCode, location, type }));
    })
      .once('error', failed)
      .end();
  });
}

/** The n-th way to spoil a token: a letter changed, taken away, put in, a part turned round. */
function spoilt(token: string, random: () => number): string {
  const at = Math.floor(random() * token.length);
  const letter = LETTERS[Math.floor(random() * 64)] ?? 'A';
  const [before, after] = [token.slice(0, at), token.slice(at + 1)];
  switch (Math.floor(random() * 4)) {
    case 0:
      return before + letter + after;
    case 1:
      return before + after;
    case 2:
      return before + letter + token.slice(at);
    default:
      return (
        before +
        Array.from(token.slice(at, at + 8))
          .reverse()
          .join('') +
        token.slice(at + 8)
      );
  }
}

it(`${TOKENS} mutated tokens lead nowhere and change nothing, on any public path (RITORNO_SEED=${seed})`, async () => {
  const customerId = await insertCustomer(app.database, AT);
  const messageId = await insertSentMessage(app.database, AT, customerId);
  const links = app.app.get(LinkTokens).of(messageId);
  const good: Record<(typeof PATHS)[number], string> = {
    't/o': links.open,
    't/c': links.click(0, 'https://shop.test/new?a=1&b=2'),
    u: links.unsubscribe,
    p: links.preferences,
    s: links.survey(0),
    v: links.view,
    c: links.confirm,
  };
  const random = mulberry32(seed);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const answers = new Map<string, number>();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < TOKENS) {
      const n = next++;
      const path = PATHS[n % PATHS.length] ?? 'u';
      const whole = good[path].split('/').at(-1) ?? '';
      // Every tenth is a good one, of another path.
      const strange = good[PATHS[(n + 1) % PATHS.length] ?? 'u'].split('/').at(-1) ?? '';
      const used = n % 10 === 0 ? strange : spoilt(whole, random);
      if (used === whole) continue;
      const method = ['u', 'p', 's', 'c'].includes(path) && n % 2 === 1 ? 'POST' : 'GET';
      const { status, location, type } = await call(agent, method, `${path}/${used}`);
      const said = `${path === 't/o' ? 'pixel' : 'page'} ${status} ${path === 't/o' ? type : ''}${location ?? ''}`;
      answers.set(said, (answers.get(said) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  agent.destroy();
  expect([...answers.keys()].sort()).toEqual(['page 404 ', 'pixel 200 image/gif']);
  expect(await app.database.query('select 1 from hits union all select 1 from address_optouts')).toEqual([]);
  tell('mutated tokens over HTTP', { seed, tokens: TOKENS, paths: PATHS.length, redirects: 0, 'hits recorded': 0 });
}, 600_000);
