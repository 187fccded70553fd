import {
  type Cipher,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type Decipher,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../platform/config/config';
import { HIDDEN_LINK } from './hidden-link';
import { linkTarget } from './link-target';

/** What a link of a mail is for: open pixel, click, unsubscribe, view in browser, preferences, survey, confirming a subscription. */
export type LinkKind = 'open' | 'click' | 'unsubscribe' | 'view' | 'preferences' | 'survey' | 'confirm';

const KIND_OCTETS: Readonly<Record<LinkKind, number>> = {
  open: 0x6f,
  click: 0x63,
  unsubscribe: 0x75,
  view: 0x76,
  preferences: 0x70,
  survey: 0x73,
  confirm: 0x64,
};
const PATHS: Readonly<Record<LinkKind, string>> = {
  open: 't/o',
  click: 't/c',
  unsubscribe: 'u',
  view: 'v',
  preferences: 'p',
  survey: 's',
  confirm: 'c',
};
const SEALED = 16;
const INDEX = 2;
const MAC = 16;
const LONGEST_INDEX = 0xffff;
/** Longer addresses are not carried: the token has to stay shorter than what every proxy and mail client lets through. */
const LONGEST_TARGET = 1_400;
const NO_TARGET = Buffer.alloc(0);
/** The index of the link to a survey with nothing chosen yet. */
const NOTHING_CHOSEN = LONGEST_INDEX;

/** Kinds whose token names a place too: the link of a click, the score of a survey. */
const INDEXED: ReadonlySet<LinkKind> = new Set<LinkKind>(['click', 'survey']);

/** What a token says. `index`: the link of a click, the score that was chosen (null: none); 0 for all others. */
export interface LinkToken<Index = number> {
  messageId: string;
  index: Index;
  /** Clicks: where the stored message leads, as it was when the mail was made; not in mails of earlier versions. */
  target?: string;
}

/** The links of one mail, as absolute URLs. */
export interface MessageLinks {
  open: string;
  unsubscribe: string;
  view: string;
  preferences: string;
  confirm: string;
  /** @param target where it leads, to be carried in the token, unreadable; null: only the record says it */
  click(index: number, target?: string | null): string;
  /** The click link that no person sees. */
  hidden: string;
  /** `index` counts the scores or choices as the mail shows them; null: none of them is chosen. */
  survey(index: number | null): string;
}

/**
 * The opaque, signed tokens behind the public paths of a mail. A token is base64url of: the message's id, enciphered (so
 * that it shows neither time nor order), for clicks and surveys the place of the link or score, and 128 bits of an HMAC-SHA256 over kind and both.
 * Nothing personal can be read in it.
 *
 * A click's token also carries where the stored message leads, enciphered under its own signature (the construction of
 * SIV: the same link gives the same token, and no octet of it can be changed), for the moments in which the record cannot
 * be asked. The signature is over the address too, so it is never another one than the mail had.
 *
 * Changing SECRET_KEY makes all links in mails that are out dead.
 */
@Injectable()
export class LinkTokens {
  private readonly base: string;
  private readonly signing: KeyObject;
  private readonly sealer: Cipher;
  private readonly unsealer: Decipher;
  private readonly hiding: KeyObject;
  private readonly shop: string | null;

  constructor(config: AppConfig) {
    this.base = config.publicUrl;
    this.shop = linkTarget(config.store.url, null);
    this.hiding = derive(config.secretKey, 'link target', 16);
    this.signing = derive(config.secretKey, 'link signature', 32);
    // Single blocks in ECB mode leave no state behind, so one cipher serves all tokens: making one costs more than using it.
    const sealing = derive(config.secretKey, 'link seal', 16);
    this.sealer = createCipheriv('aes-128-ecb', sealing, null).setAutoPadding(false);
    this.unsealer = createDecipheriv('aes-128-ecb', sealing, null).setAutoPadding(false);
  }

  /** The links of a mail. About 4 us each. */
  of(messageId: string): MessageLinks {
    const sealed = this.seal(messageId);
    const url = (kind: LinkKind, index = 0, target?: string | null): string =>
      `${this.base}/${PATHS[kind]}/${this.token(kind, sealed, index, target)}`;
    return {
      open: url('open'),
      unsubscribe: url('unsubscribe'),
      view: url('view'),
      preferences: url('preferences'),
      confirm: url('confirm'),
      click: (index, target) => url('click', index, target),
      hidden: url('click', HIDDEN_LINK, this.shop),
      survey: (index) => url('survey', index ?? NOTHING_CHOSEN),
    };
  }

  /** What a token says, or undefined when we did not make it for this purpose. Constant time in the signature. */
  read(kind: LinkKind, token: string): LinkToken | undefined {
    const octets = Buffer.from(token, 'base64url');
    const indexed = INDEXED.has(kind) ? INDEX : 0;
    // The second test refuses other spellings of the same octets.
    const end = SEALED + indexed + MAC;
    const fits = kind === 'click' ? octets.length >= end : octets.length === end;
    if (!fits || octets.toString('base64url') !== token) return undefined;
    const signed = octets.subarray(0, SEALED + indexed);
    const signature = octets.subarray(SEALED + indexed, end);
    const target = this.hide(signature, octets.subarray(end));
    if (!timingSafeEqual(this.sign(kind, signed, target), signature)) return undefined;
    return {
      messageId: this.unseal(signed.subarray(0, SEALED)),
      index: indexed === 0 ? 0 : signed.readUInt16BE(SEALED),
      ...(target.length > 0 ? { target: target.toString('latin1') } : {}),
    };
  }

  /** As {@link read}, of the link of a survey: which message, and which of its scores was chosen. */
  readSurvey(token: string): LinkToken<number | null> | undefined {
    const read = this.read('survey', token);
    return read && { ...read, index: read.index === NOTHING_CHOSEN ? null : read.index };
  }

  private token(kind: LinkKind, sealed: Buffer, index: number, to?: string | null): string {
    if (index > LONGEST_INDEX) throw new RangeError('a mail has too many links');
    const signed = INDEXED.has(kind) ? Buffer.concat([sealed, Buffer.from([index >> 8, index & 0xff])]) : sealed;
    const target = to && to.length <= LONGEST_TARGET ? Buffer.from(to, 'latin1') : NO_TARGET;
    const signature = this.sign(kind, signed, target);
    return Buffer.concat([signed, signature, this.hide(signature, target)]).toString('base64url');
  }

  private sign(kind: LinkKind, signed: Buffer, target: Buffer): Buffer {
    const hmac = createHmac('sha256', this.signing).update(Buffer.from([KIND_OCTETS[kind]]));
    return hmac.update(signed).update(target).digest().subarray(0, MAC);
  }

  /** Enciphers and deciphers alike: a stream that depends on all that was signed, the target included. */
  private hide(signature: Buffer, target: Buffer): Buffer {
    return target.length === 0 ? NO_TARGET : createCipheriv('aes-128-ctr', this.hiding, signature).update(target);
  }

  /** One block of AES: a permutation of ids that only we can undo. */
  private seal(messageId: string): Buffer {
    return this.sealer.update(Buffer.from(messageId.replaceAll('-', ''), 'hex'));
  }

  private unseal(sealed: Buffer): string {
    const hex = this.unsealer.update(sealed).toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }
}

function derive(secret: string, purpose: string, length: number): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `ritorno ${purpose}`, length)));
}
