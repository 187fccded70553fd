import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { SegmentMembership } from '../segment-membership';

/** The members of the shop's own segments: kept by facts, by time, and filled in when a segment is new. */
@Injectable()
export class MembershipWork implements DueWork, OnModuleInit {
  readonly name = 'segments.members';
  readonly order = DUE_ORDER.members;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly membership: SegmentMembership,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.membership.nextWorkAt();
  }

  runDue(now: Date, limit: number): Promise<number> {
    return this.membership.work(now, limit);
  }
}
