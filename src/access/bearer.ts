/** The API key of an `Authorization: Bearer <key>` header; undefined for anything else. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
}
