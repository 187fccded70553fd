import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { fromBase32, toBase32 } from '../kernel/base32';
import { AppConfig } from '../platform/config/config';

const PREFIX = 'b-';
const ID = 16;
const MAC = 12;

/**
 * The signed return path of a mail (VERP): `b-<id and signature>@BOUNCE_DOMAIN`, 47 octets before the `@`. What comes
 * back to it tells which mail it speaks of, and nobody but us and those whom the mail passed can have written it.
 *
 * The token is base32 in lower case of the message's id and 96 bits of an HMAC-SHA256 over it, under a key of its own
 * derived from SECRET_KEY: mail servers may change the case of an address, so capitals mean nothing. The same message
 * has the same return path at every try.
 */
@Injectable()
export class ReturnPaths {
  private readonly key: KeyObject;
  private readonly domain: string | undefined;

  constructor(config: AppConfig) {
    this.key = createSecretKey(Buffer.from(hkdfSync('sha256', config.secretKey, '', 'ritorno return path', 32)));
    this.domain = config.bounceDomain;
  }

  /** The envelope sender of a mail; undefined without BOUNCE_DOMAIN, where the sender's own address is used. */
  returnPathOf(messageId: string): string | undefined {
    if (this.domain === undefined) return undefined;
    const id = Buffer.from(messageId.replaceAll('-', ''), 'hex');
    return `${PREFIX}${toBase32(Buffer.concat([id, this.sign(id)]))}@${this.domain}`;
  }

  /**
   * The id of the message that an address is the return path of, undefined when we have not signed it. With or without
   * angle brackets. The domain is not looked at: the signature proves the address, and mail that is out may still name
   * an earlier BOUNCE_DOMAIN. Constant time in the signature.
   */
  readReturnPath(address: string): string | undefined {
    const local = /^<?([^<>@\s]+)@[^<>@\s]+>?$/.exec(address.trim())?.[1]?.toLowerCase();
    if (local === undefined || !local.startsWith(PREFIX)) return undefined;
    const octets = fromBase32(local.slice(PREFIX.length));
    if (octets?.length !== ID + MAC) return undefined;
    const id = octets.subarray(0, ID);
    if (!timingSafeEqual(this.sign(id), octets.subarray(ID))) return undefined;
    const hex = id.toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  private sign(id: Buffer): Buffer {
    return createHmac('sha256', this.key).update(id).digest().subarray(0, MAC);
  }
}
