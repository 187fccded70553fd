import { Global, Module } from '@nestjs/common';
import { ClockDriver } from './clock-driver';
import { DueWorkRegistry } from './due-work';
import { LiveLoop } from './live-loop';
import { LiveLoopRunner } from './live-loop-runner';
import { ProgressCounters } from './progress-counters';

/** The list of due work and its drivers. */
@Global()
@Module({
  providers: [DueWorkRegistry, LiveLoop, LiveLoopRunner, ClockDriver, ProgressCounters],
  exports: [DueWorkRegistry, LiveLoop, ClockDriver, ProgressCounters],
})
export class JobsModule {}
