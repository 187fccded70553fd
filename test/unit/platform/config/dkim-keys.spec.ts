import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppConfig } from '../../../../src/platform/config/config';
import { testKey } from '../../../support/dkim';

const rsa = testKey('bottega.test', 'a', 'rsa').file;
const edwards = testKey('bottega.test', 'b', 'ed25519').file;
const folder = mkdtempSync(path.join(tmpdir(), 'ritorno-dkim-'));

function file(name: string, content: string): string {
  const at = path.join(folder, name);
  writeFileSync(at, content);
  return at;
}

const dkim = (DKIM_DOMAIN?: string, DKIM_SELECTOR?: string, DKIM_PRIVATE_KEY_FILE?: string) =>
  AppConfig.from({ NODE_ENV: 'test', DKIM_DOMAIN, DKIM_SELECTOR, DKIM_PRIVATE_KEY_FILE });

describe('DKIM keys', () => {
  it('are none by default', () => {
    expect(dkim().dkimKeys).toEqual([]);
  });

  it('are read in pairs, for one domain or for as many', () => {
    expect(dkim('Bottega.test', 'S1, s2', `${rsa},${edwards}`).dkimKeys).toMatchObject([
      { domain: 'bottega.test', selector: 's1', algorithm: 'rsa-sha256' },
      { domain: 'bottega.test', selector: 's2', algorithm: 'ed25519-sha256' },
    ]);
    expect(dkim('bottega.test,bücher.test', 's1,s1', `${rsa},${edwards}`).dkimKeys).toMatchObject([
      { domain: 'bottega.test', selector: 's1' },
      { domain: 'xn--bcher-kva.test', selector: 's1' },
    ]);
  });

  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const locked = generateKeyPairSync('ed25519').privateKey;
  it.each<[string, RegExp, string | undefined, string | undefined, string | undefined]>([
    ['half of it', /belong together/, 'bottega.test', undefined, rsa],
    ['no selector for a file', /as many entries \(1 and 2\)/, 'bottega.test', 's1', `${rsa},${edwards}`],
    ['too few domains', /DKIM_DOMAIN one or as many/, 'a.test,b.test', 's1,s2,s3', `${rsa},${rsa},${rsa}`],
    ['a domain that is none', /DKIM_DOMAIN: bottega is no domain name/, 'bottega', 's1', rsa],
    ['a selector that is none', /DKIM_SELECTOR: s_1 is no name/, 'bottega.test', 's_1', rsa],
    ['a selector that would add a tag', /DKIM_SELECTOR: s;d=evil/, 'bottega.test', 's;d=evil', rsa],
    [
      'a file that is not there',
      /DKIM_PRIVATE_KEY_FILE: \/none\.pem cannot be read \(ENOENT\)/,
      'x.test',
      's',
      '/none.pem',
    ],
    ['no key', /no private key in PEM/, 'x.test', 's', file('text.pem', 'hello')],
    [
      'a key of another kind',
      /RSA or Ed25519 is wanted, not ec/,
      'x.test',
      's',
      file('ec.pem', String(elliptic.export({ type: 'pkcs8', format: 'pem' }))),
    ],
    [
      'a key with a passphrase',
      /must not need a passphrase/,
      'x.test',
      's',
      file(
        'locked.pem',
        String(locked.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })),
      ),
    ],
    ['a short key', /512 bits is too short/, 'x.test', 's', testKey('x.test', 's', 'rsa', 512).file],
    ['one name twice', /s1\._domainkey\.x\.test is named twice/, 'x.test', 's1,S1', `${rsa},${edwards}`],
  ])('refuse %s', (_, message, domain, selector, path) => {
    expect(() => dkim(domain, selector, path)).toThrow(message);
  });

  it('never show a key', () => {
    const text = JSON.stringify(dkim('bottega.test', 's1', rsa).dkimKeys);
    expect(text).not.toMatch(/PRIVATE|"d"|[\w+/]{60}/);
  });
});
