import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type SourceKind } from '../domain/source-kind';

/** A shop that sends events. */
@Entity({ name: 'sources' })
export class SourceEntity {
  @PrimaryColumn('uuid') id: string;
  @Column('text') key: string;
  @Column('text') kind: SourceKind;
  @Column('text') name: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
}
