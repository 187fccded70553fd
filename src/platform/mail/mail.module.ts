import { Global, Module } from '@nestjs/common';
import { AppConfig } from '../config/config';
import { MailPool } from './mail-pool';
import { RelayMetrics } from './relay-metrics';
import { RFC_5321_TIMEOUTS } from './smtp-timeouts';
import { parseSmtpUrl } from './smtp-url';

/** The connections to the mail servers of SMTP_URL. One pool a process. */
@Global()
@Module({
  providers: [
    RelayMetrics,
    {
      provide: MailPool,
      inject: [AppConfig],
      useFactory: (config: AppConfig) =>
        new MailPool(config.smtpUrls.map(parseSmtpUrl), config.smtpConnections, RFC_5321_TIMEOUTS),
    },
  ],
  exports: [MailPool],
})
export class MailModule {}
