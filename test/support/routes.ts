import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { ModulesContainer } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { PUBLIC_METADATA, type Role, ROLES_METADATA } from '../../src/access/roles';

/** A route as its controller declares it. */
export interface Route {
  /** GET, POST, ... */
  method: string;
  /** `/api/v1/segments/:ref` */
  path: string;
  /** Undefined: it does not say. */
  roles: readonly Role[] | undefined;
  public: boolean;
  handler: string;
}

/** Every route of every controller in the application. */
export function routesOf(app: NestFastifyApplication): Route[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => {
    const type = metatype as { name: string; prototype: Record<string, unknown> };
    const base = String(Reflect.getMetadata(PATH_METADATA, type) ?? '');
    return Object.getOwnPropertyNames(type.prototype).flatMap((name) => {
      const handler = type.prototype[name];
      if (typeof handler !== 'function') return [];
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      if (method === undefined) return [];
      const found = Reflect.getMetadata(PATH_METADATA, handler) as string | string[];
      const metadata = (key: string): unknown => Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, type);
      return [found].flat().map((path) => ({
        method: RequestMethod[method],
        path: `/${base}/${path}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'),
        roles: metadata(ROLES_METADATA) as readonly Role[] | undefined,
        public: metadata(PUBLIC_METADATA) === true,
        handler: `${type.name}.${name}`,
      }));
    });
  });
}
