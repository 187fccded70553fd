import { SetMetadata } from '@nestjs/common';

/** What a key may be for (`api.md` 2). */
export const ROLES = ['storefront', 'marketer', 'analyst', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const ROLES_METADATA = 'ritorno:roles';
export const PUBLIC_METADATA = 'ritorno:public';
export const UNLIMITED_METADATA = 'ritorno:unlimited';

/** Who may call a route. Every route carries this or {@link Public}; one without either answers 403 to everybody. */
export const Roles = (...roles: readonly Role[]): MethodDecorator & ClassDecorator =>
  SetMetadata(ROLES_METADATA, roles);

/** A route without a key: its own token or signature is the credential, or there is nothing to protect. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC_METADATA, true);

/**
 * A public route without a limit by address: what mail programs, mail providers and supervisors ask for, many people from
 * one shared address, or what counts what fails by itself.
 */
export const Unlimited = (): MethodDecorator & ClassDecorator => SetMetadata(UNLIMITED_METADATA, true);

/** `GET` of everything but keys, sources and the audit log. */
export const READERS: readonly Role[] = ['marketer', 'analyst', 'admin'];
/** Reading what storefronts may read too: customers, orders, products. */
export const SHOP_READERS: readonly Role[] = ['storefront', 'marketer', 'analyst', 'admin'];
/** Changing what marketers own: templates, segments, campaigns, messages, suppressions. */
export const EDITORS: readonly Role[] = ['marketer', 'admin'];
export const ADMIN: readonly Role[] = ['admin'];
