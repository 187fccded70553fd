import dns from 'node:dns';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { AppConfig } from '../config/config';
import { isLoopbackAddress, isPublicAddress } from './public-address';
import { hostOf, isLocalHost, mayBeSpoken } from './receiver-address';
import { type PostOutcome } from './retry-schedule';

/** A request to somebody else's service. */
export interface SignedPost {
  /** Stays the same over all tries: by it the receiver knows a repetition. */
  id: string;
  /** https; http only to this machine itself, where tests may ask it. */
  url: string;
  /** JSON, byte for byte what is signed. */
  body: string;
  /** One signature each; during a rotation two. */
  secrets: readonly string[];
}

/** From the look-up of the name to the last byte of the answer; real time. */
export const POST_TIMEOUT_MS = 10_000;
/** So much of an answer is read and kept; the rest is nobody's business. */
const EXCERPT_BYTES = 500;

/** The name leads to an address that must not be asked. */
class AddressRefused extends Error {}

/**
 * Posts to receivers that others have named, signed by Standard Webhooks. The address that a name stands for is checked
 * and that very answer is what is connected to, so that a name cannot change its mind in between; redirects are not
 * followed; connections are not kept.
 */
@Injectable()
export class SignedPosts {
  constructor(private readonly config: AppConfig) {}

  /** Posts once. Never throws: what goes wrong is an outcome. */
  async post(post: SignedPost): Promise<PostOutcome> {
    try {
      return await this.send(post);
    } catch (error) {
      if (error instanceof AddressRefused) return { kind: 'unreachable', error: error.message, forGood: true };
      return { kind: 'unreachable', error: reasonOf(error), forGood: false };
    }
  }

  private send({ id, url, body, secrets }: SignedPost): Promise<PostOutcome> {
    const target = new URL(url);
    const { webhooksToLoopback } = this.config;
    if (!mayBeSpoken(target, webhooksToLoopback)) throw new AddressRefused('the address is not an https address');
    const host = hostOf(target);
    if (isIP(host) !== 0) this.require(host);
    // Signed with the time of the try, by which receivers judge whether it is fresh: real time, whatever our clock says.
    const at = new Date();
    const bytes = Buffer.from(body);
    return new Promise((done, failed) => {
      const plain = target.protocol === 'http:';
      const request = (plain ? http : https).request({
        method: 'POST',
        host,
        port: target.port || (plain ? 80 : 443),
        path: target.pathname + target.search,
        agent: plain ? new http.Agent({ keepAlive: false }) : new https.Agent({ keepAlive: false }),
        lookup: this.lookup,
        signal: AbortSignal.timeout(POST_TIMEOUT_MS),
        // A certificate for this machine is only ever met in tests.
        rejectUnauthorized: !(webhooksToLoopback && isLocalHost(host)),
        headers: {
          host: target.host,
          'content-type': 'application/json',
          'content-length': bytes.length,
          'user-agent': 'Ritorno',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, bytes)).join(' '),
        },
      });
      request.on('error', failed);
      request.on('response', (answer) => void readAnswer(answer).then(done, failed));
      request.end(bytes);
    });
  }

  /** All answers of the resolver must be public, and only these are connected to. */
  private readonly lookup: LookupFunction = (name, options, callback) => {
    dns.lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      try {
        for (const { address } of addresses) this.require(address);
      } catch (refused) {
        return callback(refused as Error, '', 0);
      }
      const [first] = addresses;
      if (!first) return callback(new Error('the name has no address'), '', 0);
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };

  private require(address: string): void {
    if (isPublicAddress(address)) return;
    if (this.config.webhooksToLoopback && isLoopbackAddress(address)) return;
    throw new AddressRefused('the address is not one of the public internet');
  }
}

async function readAnswer(answer: IncomingMessage): Promise<PostOutcome> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length >= EXCERPT_BYTES) break;
  }
  answer.destroy();
  // Kept as text in the database, which knows no NUL.
  const excerpt = Buffer.concat(parts).subarray(0, EXCERPT_BYTES).toString('utf8').replaceAll('\0', '');
  const retryAfterMs = retryAfter(answer.headers['retry-after']);
  return { kind: 'answered', status: answer.statusCode ?? 0, retryAfterMs, excerpt };
}

/** Seconds, or an HTTP date. */
function retryAfter(header: string | undefined): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** For the log of deliveries: what kind of trouble, not where it led. */
function reasonOf(error: unknown): string {
  const { name, code, message } = error as Partial<Record<'name' | 'code' | 'message', string>>;
  if (name === 'TimeoutError' || name === 'AbortError') return 'timeout';
  return (code ?? message ?? 'unknown').slice(0, 200);
}
