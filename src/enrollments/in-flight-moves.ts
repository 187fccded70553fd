import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type InFlight, InFlightPeople, type Standing, type StepMove } from '../campaigns/in-flight';
import { type Queryable, type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { lockStanding, type MoveOn, moveOn, standingAt, VERSIONS_IN_USE } from './data/in-flight.sql';
import { exitEnrollments } from './data/people-in-campaign.sql';

/** Tells campaigns where people stand in them, and moves them from version to version. */
@Injectable()
export class InFlightMoves implements InFlight, OnModuleInit {
  constructor(private readonly people: InFlightPeople) {}

  onModuleInit(): void {
    this.people.register(this);
  }

  standing(tx: Tx, campaignId: string): Promise<Standing[]> {
    return tx.query<Standing>(lockStanding(campaignId));
  }

  async move(tx: Tx, campaignId: string, version: number, moves: readonly StepMove[], at: Date): Promise<void> {
    const exits = moves.filter((move) => move.to === 'exit');
    const going = moves.filter((move): move is MoveOn => move.to !== 'exit');
    if (exits.length > 0) {
      const leaving = await tx.query<{ id: string }>(standingAt(campaignId, exits));
      await tx.execute(
        exitEnrollments(
          leaving.map((row) => row.id),
          'moved',
          at,
        ),
      );
    }
    if (going.length === 0) return;
    await tx.execute(moveOn(campaignId, version, going, at));
    if (going.some((move) => move.to.looksAgain)) await notifyDue(tx);
  }

  versionsInUse(db: Queryable): Promise<Array<{ campaignId: string; version: number }>> {
    return db.query(VERSIONS_IN_USE);
  }
}
