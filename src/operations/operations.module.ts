import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './http/health.controller';
import { MetricsController } from './http/metrics.controller';
import { TestClockController } from './http/test-clock.controller';

/** What operators, supervisors and tests ask of a running process. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController, TestClockController],
})
export class OperationsModule {}
