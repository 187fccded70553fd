/** The text whose keyed hash stays behind when a person is erased. */
export function addressIdentity(email: string): string {
  return `address:${email}`;
}
export function externalIdentity(externalId: string): string {
  return `external:${externalId}`;
}
