import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type Role } from '../roles';

/** An API key. The secret itself is stored nowhere: only its hash, found by its prefix. */
@Entity({ name: 'api_keys' })
export class ApiKeyEntity {
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  @Column('text') role: Role;
  @Column('text') prefix: string;
  @Column('bytea') hash: Buffer;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
}
