import { Module } from '@nestjs/common';
import { MessagesModule } from '../messages/messages.module';
import { BounceDoor } from './bounce-door';
import { DeliveryIds } from './delivery-ids';
import { BouncesController } from './http/bounces.controller';
import { MailWebhooksController } from './http/mail-webhooks.controller';
import { ImapWork } from './jobs/imap.work';
import { MaildirWork } from './jobs/maildir.work';
import { MailboxWatch } from './mailbox-watch';
import { ProviderDoor } from './provider-door';
import { SnsDoor } from './sns-door';

/** What comes back of mails: returned mails, complaints, the notices of providers. */
@Module({
  imports: [MessagesModule],
  controllers: [BouncesController, MailWebhooksController],
  providers: [BounceDoor, DeliveryIds, ImapWork, MailboxWatch, MaildirWork, ProviderDoor, SnsDoor],
})
export class BouncesModule {}
