import fc from 'fast-check';
import { type LinkKind, LinkTokens } from '../../../src/messages/link-tokens';
import { newId } from '../../../src/kernel/ids';
import { AppConfig } from '../../../src/platform/config/config';

const config = (secret: string) =>
  AppConfig.from({ NODE_ENV: 'test', PUBLIC_URL: 'https://shop.test/r/', SECRET_KEY: secret.padEnd(40, 'x') });
const tokens = new LinkTokens(config('one'));
const KINDS: LinkKind[] = ['open', 'click', 'unsubscribe', 'view', 'preferences', 'survey', 'confirm'];
const id = newId(new Date('2026-03-02T08:00:00Z'));
const tokenOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);

function tokenFor(kind: LinkKind, index = 0): string {
  const links = tokens.of(id);
  if (kind === 'click') return tokenOf(links.click(index));
  return tokenOf(kind === 'survey' ? links.survey(index) : links[kind]);
}

describe('link tokens', () => {
  it('say what they were made of, and only for their own purpose', () => {
    for (const kind of KINDS) {
      for (const other of KINDS) {
        const read = tokens.read(other, tokenFor(kind, 7));
        expect(read).toEqual(
          other === kind ? { messageId: id, index: kind === 'click' || kind === 'survey' ? 7 : 0 } : undefined,
        );
      }
    }
  });

  it('stand under the public URL', () => {
    expect(tokens.of(id).open).toMatch(/^https:\/\/shop\.test\/r\/t\/o\/[\w-]+$/);
    expect(tokens.of(id).unsubscribe).toMatch(/^https:\/\/shop\.test\/r\/u\/[\w-]+$/);
  });

  it('show neither the id nor the order of messages', () => {
    const raw = Buffer.from(id.replaceAll('-', ''), 'hex');
    for (const kind of KINDS) expect(Buffer.from(tokenFor(kind), 'base64url').includes(raw.subarray(0, 6))).toBe(false);
    const next = newId(new Date('2026-03-02T08:00:00Z'));
    expect(tokenOf(tokens.of(next).open).slice(0, 6)).not.toBe(tokenFor('open').slice(0, 6));
  });

  it('are dead when one character is changed, added or taken away', () => {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const kind of KINDS) {
      const token = tokenFor(kind, 3);
      for (let at = 0; at < token.length; at++) {
        for (const digit of digits) {
          if (digit !== token[at])
            expect(tokens.read(kind, token.slice(0, at) + digit + token.slice(at + 1))).toBeUndefined();
        }
      }
      for (const near of [`${token}A`, `${token}=`, token.slice(1), token.slice(0, -1), '', ` ${token}`]) {
        expect(tokens.read(kind, near)).toBeUndefined();
      }
    }
  });

  it('are dead when anything else is done to them, 10,000 times', () => {
    const mutation = fc.tuple(
      fc.constantFrom(...KINDS),
      fc.uniqueArray(fc.tuple(fc.nat(63), fc.integer({ min: 1, max: 255 })), { minLength: 1, selector: ([at]) => at }),
      fc.constantFrom('flip', 'swap', 'repeat', 'reverse'),
    );
    fc.assert(
      fc.property(mutation, ([kind, changes, how]) => {
        const token = tokenFor(kind, 3);
        const octets = Buffer.from(token, 'base64url');
        if (how === 'reverse') octets.reverse();
        for (const [at, by] of changes) {
          const place = at % octets.length;
          const other = (place + by) % octets.length;
          if (how === 'swap') [octets[place], octets[other]] = [octets[other] ?? 0, octets[place] ?? 0];
          else octets[place] = (octets[place] ?? 0) ^ by;
        }
        const mutated = (how === 'repeat' ? Buffer.concat([octets, octets]) : octets).toString('base64url');
        fc.pre(mutated !== token);
        expect(tokens.read(kind, mutated)).toBeUndefined();
      }),
      { numRuns: 10_000 },
    );
  });

  it('of another secret are none of ours', () => {
    expect(new LinkTokens(config('two')).read('open', tokenFor('open'))).toBeUndefined();
  });

  it('no text at all breaks the reader', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.string(), (kind, text) =>
        expect(tokens.read(kind, text)).toBeUndefined(),
      ),
    );
  });

  it('of a click carry where it leads, unreadable, and no octet of it can be changed', () => {
    const to = 'https://shop.test/new?for=ada@example.com';
    const url = tokens.of(id).click(3, to);
    expect(tokens.of(id).click(3, to)).toBe(url);
    const token = tokenOf(url);
    expect(tokens.read('click', token)).toEqual({ messageId: id, index: 3, target: to });
    const octets = Buffer.from(token, 'base64url');
    expect(octets.includes('shop.test') || octets.includes('ada')).toBe(false);
    for (let at = 0; at < octets.length; at++) {
      for (const by of [1, 128]) {
        const changed = Buffer.from(octets);
        changed[at] = (changed[at] ?? 0) ^ by;
        expect(tokens.read('click', changed.toString('base64url'))).toBeUndefined();
      }
      expect(tokens.read('click', octets.subarray(0, at).toString('base64url'))).toBeUndefined();
    }
    // The address of one link does not go with another, nor with another kind of link.
    const plain = Buffer.from(tokenFor('click', 3), 'base64url');
    const swapped = Buffer.concat([plain, octets.subarray(plain.length)]).toString('base64url');
    expect(tokens.read('click', swapped)).toBeUndefined();
    for (const kind of KINDS.filter((one) => one !== 'click')) expect(tokens.read(kind, token)).toBeUndefined();
  });

  it('of a click are short: a long address, or one that is none, is left to the record', () => {
    const long = `https://shop.test/${'x'.repeat(2_000)}`;
    for (const to of [long, null]) {
      const token = tokenOf(tokens.of(id).click(1, to));
      expect(token).toBe(tokenFor('click', 1));
    }
    expect(tokenOf(tokens.of(id).click(1, long.slice(0, 1_400))).length).toBeLessThan(2_048);
  });

  it('of a survey say which score was chosen, or that none was', () => {
    expect(tokens.readSurvey(tokenFor('survey', 9))).toEqual({ messageId: id, index: 9 });
    expect(tokens.readSurvey(tokenOf(tokens.of(id).survey(null)))).toEqual({ messageId: id, index: null });
    expect(tokens.readSurvey(tokenFor('click', 9))).toBeUndefined();
  });

  it('count up to 65,535 links a mail', () => {
    expect(tokens.read('click', tokenFor('click', 65_535))).toEqual({ messageId: id, index: 65_535 });
    expect(() => tokenFor('click', 65_536)).toThrow(RangeError);
  });
});
