import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database';
import { type SourceActivity, SourceActivities } from '../../reports/source-activity';

/** Tells the reports when each source was heard of, so that the silence of a shop is not read as customers staying away. */
@Injectable()
export class HeardSources implements SourceActivity, OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly activities: SourceActivities,
  ) {}

  onModuleInit(): void {
    this.activities.register(this);
  }

  days(from: string, to: string): Promise<Array<{ source: string; days: string[] }>> {
    return this.database.query(
      `select source, array_agg(distinct day order by day) as days from source_days
       where day between $1::date and $2::date group by source`,
      [from, to],
    );
  }

  through(asOf: Date): Promise<Array<{ source: string; at: Date }>> {
    return this.database.query(
      `select source, max(last_at) as at from source_days where last_at <= $1 group by source order by source`,
      [asOf],
    );
  }
}
