import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type FastifyRequest } from 'fastify';
import { Refusal } from '../../kernel/errors';
import { RateLimits } from '../../platform/http/rate-limits';
import { setActor } from '../../platform/http/request-context';
import { ApiKeysService, type Caller } from '../api-keys.service';
import { bearerOf } from '../bearer';
import { PUBLIC_METADATA, type Role, ROLES_METADATA, UNLIMITED_METADATA } from '../roles';

/** Prefixes of good keys that are remembered. */
const REMEMBERED = 10_000;
const PREFIX_LENGTH = 16;

/** Deny by default: a route is open to the roles it names, to everybody only when it says so. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeysService,
    private readonly limits: RateLimits,
  ) {}

  /** How good keys begin: whoever has one is let through where others of the same address have tried too many. */
  private readonly good = new Set<string>();

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_METADATA, targets)) {
      if (!this.reflector.getAllAndOverride<boolean | undefined>(UNLIMITED_METADATA, targets))
        this.limits.page(request.ip);
      return true;
    }
    const token = bearerOf(request.headers.authorization);
    const caller = token === undefined ? undefined : await this.recognise(token, request.ip);
    if (!caller) throw new Refusal('unauthenticated', 'Send `Authorization: Bearer <API key>` with a key that exists.');
    this.limits.call(caller.keyId);
    setActor(`key:${caller.name}`);
    const allowed = this.reflector.getAllAndOverride<readonly Role[] | undefined>(ROLES_METADATA, targets) ?? [];
    if (!allowed.includes(caller.role)) {
      throw new Refusal(
        'forbidden',
        `A key of role ${caller.role} may not do this; it takes ${allowed.join(' or ') || 'nobody'}.`,
      );
    }
    return true;
  }

  private async recognise(token: string, address: string): Promise<Caller | undefined> {
    const prefix = token.slice(0, PREFIX_LENGTH);
    const asked = this.good.has(prefix) || !this.limits.isFailing('bad_keys', address);
    const caller = asked ? await this.keys.recognise(token) : undefined;
    if (!caller) {
      this.good.delete(prefix);
      this.limits.failed('bad_keys', address);
    } else if (this.good.size < REMEMBERED) this.good.add(prefix);
    return caller;
  }
}
