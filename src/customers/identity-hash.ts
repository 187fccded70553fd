import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../platform/config/config';
import { addressIdentity, externalIdentity } from './domain/erased-identity';

/**
 * Keyed hashes by which suppressions and erasures outlive what they are about: without the secret key nobody can tell
 * by trying whose they are. A changed SECRET_KEY makes them unreadable.
 */
@Injectable()
export class IdentityHash {
  constructor(private readonly config: AppConfig) {}

  /** Of a normalised address. */
  address(email: string): Buffer {
    return this.of(addressIdentity(email));
  }

  externalId(externalId: string): Buffer {
    return this.of(externalIdentity(externalId));
  }

  /** Of an identity as `domain/erased-identity` writes it. */
  of(identity: string): Buffer {
    return createHmac('sha256', this.config.secretKey).update(`identity:${identity}`, 'utf8').digest();
  }
}
