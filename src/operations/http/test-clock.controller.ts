import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsISO8601, IsOptional, IsString } from 'class-validator';
import { ADMIN, Roles } from '../../access/roles';
import { addDuration, parseDuration } from '../../kernel/duration';
import { Refusal } from '../../kernel/errors';
import { AppConfig } from '../../platform/config/config';
import { type Advance, ClockDriver } from '../../platform/jobs/clock-driver';

/** Body of `POST /api/v1/test-clock`: exactly one of the two. */
export class AdvanceClock {
  @IsOptional() @IsString() advanceBy?: string;
  @IsOptional() @IsISO8601({ strict: true }) advanceTo?: string;
}

/** The test clock; exists only with `TEST_CLOCK`. */
@ApiTags('operations')
@Controller('api/v1/test-clock')
export class TestClockController {
  constructor(
    private readonly driver: ClockDriver,
    private readonly config: AppConfig,
  ) {}

  /** Where the clock stands. */
  @Get()
  @Roles('analyst', 'admin')
  position(): { now: string } {
    return { now: this.driver.testClock().now().toISOString() };
  }

  /**
   * Moves the clock by a duration (calendar units in the store's zone) or to an instant, and answers when nothing more
   * is due. 409 while another advance runs, 422 backwards.
   */
  @Post()
  @Roles(...ADMIN)
  @HttpCode(200)
  advance(@Body() body: AdvanceClock): Promise<Advance> {
    this.driver.testClock();
    const { advanceBy, advanceTo } = body;
    if ((advanceBy === undefined) === (advanceTo === undefined)) {
      throw Refusal.invalid([
        { path: 'advanceBy', message: 'send either advanceBy (a duration) or advanceTo (an instant)' },
      ]);
    }
    if (advanceTo !== undefined) return this.driver.advance(() => new Date(advanceTo), 'advanceTo');
    const duration = parseDuration(advanceBy ?? '');
    if (!duration) {
      throw Refusal.invalid([{ path: 'advanceBy', message: 'must be an ISO 8601 duration such as P3D or PT1H' }]);
    }
    return this.driver.advance((now) => addDuration(now, duration, this.config.store.timezone), 'advanceBy');
  }
}
