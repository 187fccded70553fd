import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Metrics } from '../metrics/metrics';
import { MailPool } from './mail-pool';

/** What operators see of the relays of this process. */
@Injectable()
export class RelayMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly pool: MailPool,
  ) {}

  onModuleInit(): void {
    this.metrics.gauge(
      'ritorno_mail_relay_up',
      '0 while a relay is left alone because it failed',
      ['relay'],
      (gauge) => {
        gauge.reset();
        for (const { relay, isUp } of this.pool.relays()) gauge.set({ relay }, isUp ? 1 : 0);
      },
    );
    this.metrics.gauge('ritorno_mail_relay_connections', 'Connections to a relay', ['relay'], (gauge) => {
      gauge.reset();
      for (const { relay, connections } of this.pool.relays()) gauge.set({ relay }, connections);
    });
    this.metrics.gauge(
      'ritorno_mail_relay_mails',
      'Mails that a relay was handed since this process started, by outcome; unreachable: connections that failed',
      ['relay', 'outcome'],
      (gauge) => {
        gauge.reset();
        for (const { relay, mails, unreachable } of this.pool.relays()) {
          for (const [outcome, count] of Object.entries(mails)) gauge.set({ relay, outcome }, count);
          gauge.set({ relay, outcome: 'unreachable' }, unreachable);
        }
      },
    );
  }
}
