import { type Snapshot } from '../platform/database/snapshot';
import { type AuditHead } from './audit-chain';
import { type LinkRow, strays, wholeChain } from './data/audit-chain.sql';
import { auditHash, GENESIS } from './domain/audit-hash';

/** What the verification answers. */
export interface AuditVerification {
  ok: boolean;
  /** Where the chain ends now: to be kept elsewhere. */
  head: AuditHead;
  /** The first thing that is not as it was written; null when all is. */
  broken: { position: number | null; line: string | null; detail: string } | null;
}

/**
 * Recomputes the whole chain as it stands at one instant. Finds a line that was changed, removed, put in between or
 * written past the chain; and, with a head that was kept elsewhere, a tail that was cut off or a chain that was made anew.
 */
export async function verifyAuditChain(snapshot: Snapshot, kept?: AuditHead): Promise<AuditVerification> {
  let head: AuditHead = { position: 0, hash: GENESIS };
  let keptSeen = kept === undefined || (kept.position === 0 && kept.hash === GENESIS);
  const broken = (line: string | null, detail: string, position: number | null = null): AuditVerification => ({
    ok: false,
    head,
    broken: { position, line, detail },
  });
  for await (const row of snapshot.stream<LinkRow>(wholeChain)) {
    const position = head.position + 1;
    if (row.position !== position) return broken(null, `the link at position ${position} is missing`, position);
    if (row.id === null) return broken(row.lineId, 'the line was removed', position);
    if (auditHash(head.hash, position, row) !== row.hash) return broken(row.id, 'the line was changed', position);
    head = { position, hash: row.hash };
    if (kept?.position !== position) continue;
    if (kept.hash !== row.hash) return broken(row.id, 'the chain is not the one whose head was kept', position);
    keptSeen = true;
  }
  if (!keptSeen) {
    return broken(null, `the chain ends before the head that was kept (${kept?.position}): its tail was cut off`);
  }
  const [stray] = await snapshot.query<{ id: string; gone: boolean }>(strays);
  if (!stray) return { ok: true, head, broken: null };
  return broken(
    stray.id,
    stray.gone ? 'the line was removed before it was chained' : 'the line was written past the chain',
  );
}
