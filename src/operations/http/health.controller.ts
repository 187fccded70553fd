import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthCheckResult, TypeOrmHealthIndicator } from '@nestjs/terminus';
import { Public, Unlimited } from '../../access/roles';
import { HealthNotes } from '../../platform/health/health-notes';
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
    private readonly notes: HealthNotes,
  ) {}

  /** The process answers. */
  @Get('live')
  @Public()
  @Unlimited()
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /**
   * The process takes work: booted, migrated, Postgres within reach, not draining. 503 otherwise. `notes` has what else
   * an operator should look at.
   */
  @Get('ready')
  @Public()
  @Unlimited()
  async ready(): Promise<HealthCheckResult & { notes: Record<string, Record<string, unknown>> }> {
    if (!this.state.accepting) throw new ServiceUnavailableException('The process is stopping.');
    const result = await this.health.check([
      () => this.database.pingCheck('database', { timeout: DATABASE_TIMEOUT_MS }),
    ]);
    return { ...result, notes: await this.notes.read() };
  }
}
