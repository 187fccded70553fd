import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { Database } from '../platform/database/database';
import { CustomersService } from './customers.service';
import { Erasure } from './erasure';
import { PersonalExport } from './personal-export';

/** What a person may demand of us, asked for by API. */
@Injectable()
export class PersonalRequests {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly customers: CustomersService,
    private readonly erasure: Erasure,
    private readonly exports: PersonalExport,
  ) {}

  /** @throws Refusal (404) */
  async export(id: string): Promise<Record<string, unknown>> {
    const found = await this.exports.collect(this.database, await this.customers.resolve(id));
    if (!found) throw Refusal.notFound('The customer');
    return found;
  }

  /** @throws Refusal (404) */
  async erase(id: string): Promise<{ id: string; erasedAt: string }> {
    return this.database.transaction(async (tx) => {
      const customerId = await this.customers.resolve(id, tx);
      const erasedAt = this.clock.now();
      await this.erasure.erase(tx, customerId, erasedAt);
      return { id: customerId, erasedAt: erasedAt.toISOString() };
    });
  }
}
