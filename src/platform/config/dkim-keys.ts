import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { asciiDomain } from '../../kernel/address';

/** One key that mail is signed with: its public half stands at `<selector>._domainkey.<domain>`. */
export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: 'rsa-sha256' | 'ed25519-sha256';
  readonly privateKey: KeyObject;
}

/** The variables as they come; each a list separated by commas. */
export interface DkimVariables {
  domain: string | undefined;
  selector: string | undefined;
  file: string | undefined;
}

/** RFC 8301, 3.2: shorter ones are not verified. */
const SHORTEST_RSA = 1024;
/** As in the name of a DNS record: labels with dots between them. */
const SELECTOR = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/**
 * Reads DKIM_DOMAIN, DKIM_SELECTOR and DKIM_PRIVATE_KEY_FILE. Selectors and files go in pairs; one domain stands for
 * all of them. None of the three: no signing. What is wrong is added to `problems`, which never hold a key.
 */
export function readDkimKeys(variables: DkimVariables, problems: string[]): readonly DkimKey[] {
  const { domain, selector, file } = variables;
  if (!domain && !selector && !file) return [];
  if (!domain || !selector || !file) {
    problems.push('DKIM_DOMAIN, DKIM_SELECTOR and DKIM_PRIVATE_KEY_FILE belong together: set all three or none');
    return [];
  }
  const domains = list(domain);
  const selectors = list(selector);
  const files = list(file);
  if (selectors.length !== files.length || (domains.length !== 1 && domains.length !== files.length)) {
    problems.push(
      `DKIM_SELECTOR and DKIM_PRIVATE_KEY_FILE must name as many entries (${selectors.length} and ${files.length}), DKIM_DOMAIN one or as many`,
    );
    return [];
  }
  const keys = files.flatMap((path, at) => {
    const key = readKey(domains[at] ?? domains[0] ?? '', selectors[at] ?? '', path, problems);
    return key ? [key] : [];
  });
  const names = keys.map((key) => `${key.selector}._domainkey.${key.domain}`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) problems.push(`DKIM_SELECTOR: ${twice} is named twice`);
  return Object.freeze(keys);
}

function readKey(domainText: string, selector: string, path: string, problems: string[]): DkimKey | undefined {
  const domain = asciiDomain(domainText);
  if (domain === undefined) problems.push(`DKIM_DOMAIN: ${domainText} is no domain name such as bottega.example`);
  if (!SELECTOR.test(selector)) problems.push(`DKIM_SELECTOR: ${selector} is no name such as s2026a`);
  const privateKey = readPem(path, problems);
  const algorithm = privateKey && algorithmOf(privateKey, path, problems);
  if (domain === undefined || !SELECTOR.test(selector) || !privateKey || !algorithm) return undefined;
  return Object.freeze({ domain, selector: selector.toLowerCase(), algorithm, privateKey });
}

function readPem(path: string, problems: string[]): KeyObject | undefined {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    problems.push(`DKIM_PRIVATE_KEY_FILE: ${path} cannot be read (${codeOf(error)})`);
    return undefined;
  }
  try {
    return createPrivateKey(pem);
  } catch {
    const why = pem.includes('ENCRYPTED') ? 'it must not need a passphrase' : 'no private key in PEM';
    problems.push(`DKIM_PRIVATE_KEY_FILE: ${path}: ${why}`);
    return undefined;
  }
}

function algorithmOf(key: KeyObject, path: string, problems: string[]): DkimKey['algorithm'] | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519-sha256';
  if (key.asymmetricKeyType !== 'rsa') {
    problems.push(`DKIM_PRIVATE_KEY_FILE: ${path}: RSA or Ed25519 is wanted, not ${key.asymmetricKeyType}`);
    return undefined;
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits >= SHORTEST_RSA) return 'rsa-sha256';
  problems.push(`DKIM_PRIVATE_KEY_FILE: ${path}: an RSA key of ${bits} bits is too short, 2048 are good`);
  return undefined;
}

function list(text: string): string[] {
  return text.split(',').map((entry) => entry.trim());
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unreadable';
}
