import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from '../../kernel/clock';
import { AppConfig } from '../config/config';
import { TestClock } from './test-clock';

/** The injected clock: real time, or the test clock where `TEST_CLOCK` is set. */
@Global()
@Module({
  providers: [
    {
      provide: Clock,
      inject: [AppConfig],
      useFactory: (config: AppConfig): Clock =>
        config.testClock ? new TestClock(config.testClock) : new SystemClock(),
    },
  ],
  exports: [Clock],
})
export class ClockModule {}
