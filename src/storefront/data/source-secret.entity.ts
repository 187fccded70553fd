import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A secret by which a source signs. Kept readable: a signature cannot be checked against a hash of its key. */
@Entity({ name: 'source_secrets' })
export class SourceSecretEntity {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid', { name: 'source_id' }) sourceId: string;
  @Column('text') secret: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  /** Null: the current one. Else it was rotated out and is good until then. */
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt: Date | null;
}
