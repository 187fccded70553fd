import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { Database } from '../database/database';
import { TestClock } from './test-clock';

/** Puts the test clock where it stood, before anything asks for the time. */
@Injectable()
export class TestClockLoader implements OnModuleInit {
  constructor(
    private readonly clock: Clock,
    private readonly database: Database,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.clock instanceof TestClock) await this.clock.load(this.database);
  }
}
