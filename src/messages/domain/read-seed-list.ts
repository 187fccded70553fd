import { normaliseAddress } from '../../kernel/address';
import { type Fault } from '../../kernel/errors';

/** Addresses of our own that get a copy of each step, to see what arrives and where. */
export interface SeedList {
  addresses: string[];
}

const MOST = 50;

/** Reads `PUT /settings/seed-list`; the faults tell what is wrong and where. */
export function readSeedList(body: unknown): { list: SeedList; faults: Fault[] } {
  const faults: Fault[] = [];
  const given: Record<string, unknown> = isRecord(body) ? body : {};
  for (const name of Object.keys(given)) if (name !== 'addresses') faults.push({ path: name, message: 'is unknown' });
  const raw = given['addresses'];
  if (!Array.isArray(raw))
    return { list: { addresses: [] }, faults: [...faults, { path: 'addresses', message: 'must be a list' }] };
  if (raw.length > MOST) faults.push({ path: 'addresses', message: `may hold ${MOST} at most` });
  const addresses: string[] = [];
  for (const [at, value] of raw.slice(0, MOST).entries()) {
    const address = typeof value === 'string' ? normaliseAddress(value) : undefined;
    if (address === undefined) faults.push({ path: `addresses[${at}]`, message: 'is no e-mail address' });
    else if (addresses.includes(address)) faults.push({ path: `addresses[${at}]`, message: 'stands there twice' });
    else addresses.push(address);
  }
  return { list: { addresses }, faults };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
