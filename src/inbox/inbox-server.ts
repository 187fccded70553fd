import { type AddressInfo } from 'node:net';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SMTPServer } from 'smtp-server';
import { AppConfig } from '../platform/config/config';
import { AppLogger } from '../platform/logging/logger';
import { MailPool } from '../platform/mail/mail-pool';
import { parseSmtpUrl } from '../platform/mail/smtp-url';
import { MailStore } from './mail-store';

/** Larger mails are refused, as a real server would. */
const LARGEST_MAIL = 25 * 1024 * 1024;

/**
 * The development inbox: a real SMTP server on a free port of loopback that keeps what it gets. It stands in where no
 * SMTP_URL is set, never in production: there mail waits until a server is named.
 */
@Injectable()
export class InboxServer implements OnModuleInit, OnApplicationShutdown {
  private server: SMTPServer | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly store: MailStore,
    private readonly pool: MailPool,
    private readonly logger: AppLogger,
  ) {}

  /** Whether this process keeps the inbox. */
  get isOpen(): boolean {
    return this.config.smtpUrls.length === 0 && this.config.environment !== 'production';
  }

  async onModuleInit(): Promise<void> {
    if (!this.isOpen) {
      if (this.config.smtpUrls.length === 0) this.logger.warn('SMTP_URL is not set: no mail goes out, it waits');
      return;
    }
    await this.store.prepare();
    const server = new SMTPServer({
      name: 'inbox.localhost',
      banner: 'Ritorno development inbox',
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      size: LARGEST_MAIL,
      logger: false,
      onData: (stream, _session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          if (stream.sizeExceeded) return done(Object.assign(new Error('too large'), { responseCode: 552 }));
          this.store.add(Buffer.concat(chunks)).then(
            () => done(),
            (error: unknown) => {
              this.logger.failure('the inbox could not store a mail', error);
              done(Object.assign(new Error('cannot be stored now'), { responseCode: 451 }));
            },
          );
        });
      },
    });
    server.on('error', (error) => this.logger.debug(`inbox: ${error.message}`));
    const listening = await new Promise<AddressInfo>((resolve, reject) => {
      server.server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(server.server.address() as AddressInfo));
    });
    this.server = server;
    this.pool.pointTo([parseSmtpUrl(`smtp://127.0.0.1:${listening.port}/?ignoreTLS=true`)]);
    this.logger.info('mail goes to the development inbox at /inbox');
  }

  async onApplicationShutdown(): Promise<void> {
    await new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
  }
}
