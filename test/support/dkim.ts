import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dkimVerify } from 'mailauth/lib/dkim/verify';
import { type DkimKey } from '../../src/platform/config/dkim-keys';

export interface TestKey {
  key: DkimKey;
  /** What stands in DNS. */
  record: string;
  /** PKCS #8. */
  pem: string;
  /** A file with it. */
  file: string;
}

/** A fresh key for tests, and its record. */
export function testKey(domain: string, selector: string, type: 'rsa' | 'ed25519', bits = 2048): TestKey {
  const { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: bits }) : generateKeyPairSync('ed25519');
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const open = type === 'rsa' ? der : der.subarray(-32);
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'ritorno-dkim-')), `${selector}.pem`);
  writeFileSync(file, pem);
  const algorithm = type === 'rsa' ? 'rsa-sha256' : 'ed25519-sha256';
  return {
    key: { domain, selector, algorithm, privateKey },
    record: `v=DKIM1; k=${type}; p=${open.toString('base64')}`,
    pem,
    file,
  };
}

/** What mailauth, a verifier that is not ours, says of every signature of a mail: `pass` and who signed. */
export async function verifyDkim(
  octets: Buffer,
  keys: readonly TestKey[],
): Promise<Array<{ result: string; by: string }>> {
  const records = new Map(
    keys.map(({ key, record }) => [`${key.selector}._domainkey.${key.domain}`, record.match(/.{1,255}/g) ?? []]),
  );
  const { results } = await dkimVerify(octets, {
    resolver: async (name: string) => {
      const found = records.get(name);
      if (!found) throw Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' });
      return [found];
    },
  });
  return results.map((one) => ({
    result: one.status.result,
    by: `${one.selector}.${one.signingDomain} ${'algo' in one ? String(one.algo) : ''}`,
  }));
}
