import { Module } from '@nestjs/common';
import { MailModule } from '../platform/mail/mail.module';
import { InboxController } from './http/inbox.controller';
import { InboxServer } from './inbox-server';
import { MailStore } from './mail-store';

/** The development inbox: where mail goes as long as no server is named. */
@Module({
  imports: [MailModule],
  controllers: [InboxController],
  providers: [InboxServer, MailStore],
})
export class InboxModule {}
