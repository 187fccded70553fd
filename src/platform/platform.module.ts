import { Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { ClockModule } from './clock/clock.module';
import { TestClockLoader } from './clock/test-clock-loader';
import { AppConfig } from './config/config';
import { HealthNotes } from './health/health-notes';
import { ReadinessState } from './health/readiness-state';
import { RateLimits } from './http/rate-limits';
import { JobsModule } from './jobs/jobs.module';
import { AppLogger } from './logging/logger';
import { Metrics } from './metrics/metrics';
import { OutboxModule } from './outbox/outbox.module';
import { SettingsStore } from './settings/settings';

/** How the service talks to the world; knows no business word. */
@Global()
@Module({
  imports: [ClockModule, JobsModule, OutboxModule, ScheduleModule.forRoot()],
  providers: [
    { provide: AppLogger, inject: [AppConfig], useFactory: (config: AppConfig) => new AppLogger(config.logLevel) },
    SettingsStore,
    Metrics,
    HealthNotes,
    RateLimits,
    ReadinessState,
    TestClockLoader,
  ],
  exports: [AppLogger, SettingsStore, Metrics, HealthNotes, RateLimits, ReadinessState],
})
export class PlatformModule {}
