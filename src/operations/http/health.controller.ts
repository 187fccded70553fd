import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthCheckResult, TypeOrmHealthIndicator } from '@nestjs/terminus';
import { Public } from '../../access/roles';
import { ReadinessState } from '../../platform/health/readiness-state';

const DATABASE_TIMEOUT_MS = 3_000;

/** For supervisors and balancers. */
@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly state: ReadinessState,
  ) {}

  /** The process answers. */
  @Get('live')
  @Public()
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process takes work: booted, migrated, Postgres within reach, not draining. 503 otherwise. */
  @Get('ready')
  @Public()
  ready(): Promise<HealthCheckResult> {
    if (!this.state.accepting) throw new ServiceUnavailableException('The process is stopping.');
    return this.health.check([() => this.database.pingCheck('database', { timeout: DATABASE_TIMEOUT_MS })]);
  }
}
