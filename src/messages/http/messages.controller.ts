import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ADMIN, EDITORS, READERS, Roles } from '../../access/roles';
import { type Page } from '../../platform/http/page';
import { MessageDesk } from '../message-desk';
import { type MessageView } from '../messages.types';
import { type SendingSetting, SendingSwitch } from '../sending-switch';
import { MessagesQuery, ResolveBody, SendingBody, TestSendBody } from './messages.dto';

/** The send ledger. */
@ApiTags('messages')
@Controller('api/v1')
export class MessagesController {
  constructor(
    private readonly desk: MessageDesk,
    private readonly sending: SendingSwitch,
  ) {}

  /** Messages, newest first; those of enrollments unless `origin` says `test` or `confirmation`. */
  @Get('messages')
  @Roles(...READERS)
  list(@Query() query: MessagesQuery): Promise<Page<MessageView>> {
    return this.desk.list(query);
  }

  /** One message. */
  @Get('messages/:id')
  @Roles(...READERS)
  get(@Param('id', ParseUUIDPipe) id: string): Promise<MessageView> {
    return this.desk.get(id);
  }

  /** Decides on an uncertain message: it was sent, or it is sent again. 409 for any other. */
  @Post('messages/:id/resolve')
  @HttpCode(200)
  @Roles(...EDITORS)
  resolve(@Param('id', ParseUUIDPipe) id: string, @Body() body: ResolveBody): Promise<MessageView> {
    return this.desk.resolve(id, body.as);
  }

  /** Sends the latest version of a template to an address to look at. Answers with its message (origin `test`). */
  @Post('templates/:ref/test-send')
  @HttpCode(202)
  @Roles(...EDITORS)
  testSend(@Param('ref') ref: string, @Body() body: TestSendBody): Promise<MessageView> {
    return this.desk.sendTest(ref, body);
  }

  /** Whether all mail is stopped. */
  @Get('settings/sending')
  @Roles(...READERS)
  sendingSetting(): Promise<SendingSetting> {
    return this.sending.view();
  }

  /** Stops all mail at the gate, or lets it go on. What is queued waits. */
  @Put('settings/sending')
  @Roles(...ADMIN)
  changeSending(@Body() { paused, reason }: SendingBody): Promise<SendingSetting> {
    return this.sending.change({ paused, reason: reason ?? null });
  }
}
