import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { type FastifyRequest } from 'fastify';
import { ADMIN, Roles } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { BounceBook, type BounceView, EFFECTIVE_CLASSES, type EffectiveClass } from '../../messages/bounce-book';
import { type Page, PageQuery } from '../../platform/http/page';
import { BounceDoor, type BounceResult } from '../bounce-door';
import { LARGEST_NOTICE } from '../domain/largest-notice';
import { MailboxWatch, type MailboxView } from '../mailbox-watch';

export class BounceQuery extends PageQuery {
  @IsOptional() @IsUUID() messageId?: string;
  @IsOptional() @IsUUID() customerId?: string;
  @IsOptional() @IsIn(EFFECTIVE_CLASSES) class?: EffectiveClass;
}

/** What came back of mails. */
@ApiTags('bounces')
@Controller('api/v1/bounces')
export class BouncesController {
  constructor(
    private readonly door: BounceDoor,
    private readonly book: BounceBook,
    private readonly mailbox: MailboxWatch,
  ) {}

  @Get()
  @Roles('analyst', 'admin')
  @ApiOperation({ summary: 'Bounces and complaints, newest first' })
  list(@Query() query: BounceQuery): Promise<Page<BounceView>> {
    const { messageId, customerId } = query;
    return this.book.list(query, { messageId, customerId, class: query.class });
  }

  @Get('mailbox')
  @Roles('analyst', 'admin')
  @ApiOperation({ summary: 'How the reading of the mailbox of returned mails goes (BOUNCE_IMAP_URL)' })
  mailboxState(): Promise<MailboxView> {
    return this.mailbox.view();
  }

  /**
   * Takes a returned mail as it stands, 5 MiB at most. Only what carries our signed return path (a complaint: a signed
   * link of ours) suppresses; what names a Message-ID of ours marks that message.
   */
  @Post()
  @HttpCode(200)
  @Roles(...ADMIN)
  @ApiOperation({ summary: 'Read a returned mail (DSN, complaint, auto-reply) and do what follows from it' })
  @ApiConsumes('message/rfc822')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  async take(@Req() request: FastifyRequest): Promise<{ results: BounceResult[] }> {
    const isMail = /^message\/rfc822\s*(;|$)/i.test(request.headers['content-type'] ?? '');
    if (!isMail || !(request.body instanceof Readable)) {
      throw new Refusal('unsupported_media', 'Send the mail as message/rfc822.');
    }
    const raw = await collect(request.body);
    if (raw.length === 0) throw Refusal.invalid([{ path: '', message: 'is empty: the mail is the body' }]);
    return { results: await this.door.take(raw, 'api') };
  }
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > LARGEST_NOTICE) throw new Refusal('too_large', 'A returned mail may have 5 MiB at most.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
