import { Module } from '@nestjs/common';
import { MessagesModule } from '../messages/messages.module';
import { BounceDoor } from './bounce-door';
import { BouncesController } from './http/bounces.controller';

/** What comes back of mails: returned mails, complaints, the notices of providers. */
@Module({
  imports: [MessagesModule],
  controllers: [BouncesController],
  providers: [BounceDoor],
})
export class BouncesModule {}
