import { Refusal } from '../../kernel/errors';

/** The entity tag of a named resource at a version. */
export function etagOf(version: number | string): string {
  return `"${version}"`;
}

/** Honours `If-Match` when it is sent. @throws Refusal (412) when the resource has moved on since it was read. */
export function requireMatch(ifMatch: string | undefined, version: number | string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const wanted = ifMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!wanted.includes(etagOf(version))) {
    throw new Refusal('stale', 'The resource was changed since it was read; read it again and repeat the change.');
  }
}
