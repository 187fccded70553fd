import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type FastifyRequest } from 'fastify';
import { Refusal } from '../../kernel/errors';
import { setActor } from '../../platform/http/request-context';
import { ApiKeysService } from '../api-keys.service';
import { bearerOf } from '../bearer';
import { PUBLIC_METADATA, type Role, ROLES_METADATA } from '../roles';

/** Deny by default: a route is open to the roles it names, to everybody only when it says so. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeysService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_METADATA, targets)) return true;
    const token = bearerOf(context.switchToHttp().getRequest<FastifyRequest>().headers.authorization);
    const caller = token === undefined ? undefined : await this.keys.recognise(token);
    if (!caller) throw new Refusal('unauthenticated', 'Send `Authorization: Bearer <API key>` with a key that exists.');
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
}
