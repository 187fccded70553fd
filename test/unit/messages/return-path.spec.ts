import fc from 'fast-check';
import { fromBase32, toBase32 } from '../../../src/kernel/base32';
import { newId } from '../../../src/kernel/ids';
import { ReturnPaths } from '../../../src/messages/return-path';
import { AppConfig } from '../../../src/platform/config/config';

const config = (secret: string, domain?: string) =>
  AppConfig.from({ NODE_ENV: 'test', SECRET_KEY: secret.padEnd(40, 'x'), BOUNCE_DOMAIN: domain });
const paths = new ReturnPaths(config('one', 'bounces.bottega.example'));
const id = newId(new Date('2026-03-02T08:00:00Z'));

function pathOf(messageId: string, from = paths): string {
  const path = from.returnPathOf(messageId);
  if (path === undefined) throw new Error('no return path');
  return path;
}

describe('return paths', () => {
  it('tell which message they belong to, the same at every try, and fit into a local part', () => {
    const path = pathOf(id);
    expect(path).toMatch(/^b-[a-z2-7]{45}@bounces\.bottega\.example$/);
    expect(pathOf(id)).toBe(path);
    expect(paths.readReturnPath(path)).toBe(id);
    expect(paths.readReturnPath(`<${path}>`)).toBe(id);
  });

  it('are read in capitals, and at an earlier domain', () => {
    expect(paths.readReturnPath(pathOf(id).toUpperCase())).toBe(id);
    expect(paths.readReturnPath(pathOf(id).replace('bounces.', 'old.'))).toBe(id);
  });

  it('do not come about without BOUNCE_DOMAIN, but are read all the same', () => {
    const without = new ReturnPaths(config('one'));
    expect(without.returnPathOf(id)).toBeUndefined();
    expect(without.readReturnPath(pathOf(id))).toBe(id);
  });

  it('are refused when signed by another key', () => {
    const others = new ReturnPaths(config('two', 'bounces.bottega.example'));
    expect(paths.readReturnPath(pathOf(id, others))).toBeUndefined();
  });

  it('are refused when one character is changed, added or taken away', () => {
    const path = pathOf(id);
    const end = path.indexOf('@');
    for (let at = 0; at < end; at++) {
      for (const digit of 'abcdefghijklmnopqrstuvwxyz0123456789-=+._') {
        if (digit === path[at]) continue;
        expect(paths.readReturnPath(path.slice(0, at) + digit + path.slice(at + 1))).toBeUndefined();
        expect(paths.readReturnPath(path.slice(0, at) + digit + path.slice(at))).toBeUndefined();
      }
      expect(paths.readReturnPath(path.slice(0, at) + path.slice(at + 1))).toBeUndefined();
    }
    for (const more of ['a', '7', '=', '\0', ' ', '\r\n'])
      expect(paths.readReturnPath(path.slice(0, end) + more + path.slice(end))).toBeUndefined();
  });

  it('are refused when they are forged: another message under a signature that was seen', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (other) => {
        const octets = fromBase32(pathOf(id).slice(2, 47)) as Buffer;
        const forged = Buffer.concat([other, octets.subarray(16)]);
        expect(paths.readReturnPath(`b-${toBase32(forged)}@bounces.bottega.example`)).toBeUndefined();
      }),
    );
  });

  it('are refused when they are any text', () => {
    fc.assert(fc.property(fc.string(), (text) => paths.readReturnPath(text) === undefined));
    for (const text of ['', '@', 'b-@x.example', 'ciao@bottega.example', `${pathOf(id)},${pathOf(id)}`])
      expect(paths.readReturnPath(text)).toBeUndefined();
  });
});

describe('base32', () => {
  it('gives back what it was made of, and has one spelling for it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        expect(fromBase32(toBase32(octets))).toEqual(Buffer.from(octets));
      }),
    );
    expect(toBase32(Buffer.from('foobar'))).toBe('mzxw6ytboi');
    // The last two bits mean nothing, so they must be zero.
    expect(fromBase32('mzxw6ytboj')).toBeUndefined();
    expect(fromBase32('m1')).toBeUndefined();
  });
});

describe('BOUNCE_DOMAIN', () => {
  it('is taken in its ASCII form', () => {
    expect(config('one', 'Bounces.Bücher.example').bounceDomain).toBe('bounces.xn--bcher-kva.example');
  });

  it.each(['bottega', 'a b.example', 'x@y.example', '10.0.0.1', 'x.example\r\n'])('refuses %j', (domain) => {
    expect(() => config('one', domain)).toThrow(/BOUNCE_DOMAIN/);
  });
});
