import dns from 'node:dns';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Injectable } from '@nestjs/common';
import { isPublicAddress } from './public-address';

const TIMEOUT_MS = 10_000;
const LARGEST = 64 * 1024;

/**
 * Fetches small things from services of others by https: certificates, confirmations. The address that a name stands for
 * must be one of the public internet, and that very answer is connected to; redirects are not followed.
 */
@Injectable()
export class PublicGets {
  /** The body of a 200, 64 kB at most. Rejects with whatever went wrong. */
  get(address: string): Promise<Buffer> {
    const url = new URL(address);
    if (url.protocol !== 'https:' || isIP(url.hostname.replace(/[[\]]/g, '')) !== 0) {
      return Promise.reject(new Error('the address is not an https address with a name'));
    }
    return new Promise((done, failed) => {
      const agent = new https.Agent({ keepAlive: false });
      const request = https.get(url, { agent, lookup, signal: AbortSignal.timeout(TIMEOUT_MS) }, (answer) => {
        const parts: Buffer[] = [];
        let size = 0;
        answer.on('data', (part: Buffer) => {
          size += part.length;
          if (size > LARGEST) answer.destroy(new Error('the answer is too large'));
          else parts.push(part);
        });
        answer.on('error', failed);
        answer.on('end', () =>
          answer.statusCode === 200
            ? done(Buffer.concat(parts))
            : failed(new Error(`the answer is ${String(answer.statusCode)}`)),
        );
      });
      request.on('error', failed);
    });
  }
}

/** All answers of the resolver must be public, and only these are connected to. */
const lookup: LookupFunction = (name, options, callback) => {
  dns.lookup(name, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    const [first] = addresses;
    if (!first || !addresses.every(({ address }) => isPublicAddress(address))) {
      return callback(new Error('the address is not one of the public internet'), '', 0);
    }
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};
