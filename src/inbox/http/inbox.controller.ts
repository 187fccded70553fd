import { Controller, Get, Param, ParseIntPipe, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Public } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { type ReadMail } from '../domain/read-mail';
import { InboxServer } from '../inbox-server';
import { MailStore } from '../mail-store';
import { framedMail, listPage, MAIL_POLICY, MAIL_VIEWS, mailPage, type MailPageView, PAGE_POLICY } from './inbox-pages';

const PAGE = 50;
const LARGEST = Number.MAX_SAFE_INTEGER;

const toNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;

export class InboxQuery {
  @IsOptional() @IsString() @MaxLength(200) q = '';
  @IsOptional() @Transform(toNumber) @IsInt() @Min(1) before: number = LARGEST;
}

export class MailQuery {
  @IsOptional() @IsIn(MAIL_VIEWS) view: MailPageView = 'html';
}

export class MailsQuery {
  @IsOptional() @Transform(toNumber) @IsInt() @Min(0) after = 0;
  @IsOptional() @Transform(toNumber) @IsInt() @Min(1) @Max(500) limit = 50;
}

interface InboxMail extends ReadMail {
  sequence: number;
  to: string;
  subject: string;
}

/** The pages of the development inbox. They exist only where the inbox does, and only for this machine. */
@ApiExcludeController()
@Controller('inbox')
export class InboxController {
  constructor(
    private readonly inbox: InboxServer,
    private readonly store: MailStore,
  ) {}

  /** The mails, newest first. */
  @Get()
  @Public()
  async list(
    @Query() { q, before }: InboxQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.admit(request);
    const found = await this.store.list(PAGE + 1, before, q);
    const lines = found.slice(0, PAGE);
    const last = lines.at(-1)?.sequence;
    const older =
      found.length > PAGE && last !== undefined
        ? `/inbox?${new URLSearchParams({ q, before: String(last) }).toString()}`
        : null;
    await answer(reply, listPage(lines, await this.store.count(), q, older), PAGE_POLICY);
  }

  /** Whole mails in order of arrival, for programs: `{ items: [{ sequence, to, subject, headers, html, text }] }`. */
  @Get('mails.json')
  @Public()
  async mails(
    @Query() { after, limit }: MailsQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.admit(request);
    const items = (await this.store.after(after, limit)).map((mail): InboxMail => ({
      ...mail,
      to: mail.headers['to'] ?? '',
      subject: mail.headers['subject'] ?? '',
    }));
    await reply.header('cache-control', 'no-store').send({ items });
  }

  /** One mail: as HTML in a sandboxed frame, as text, as source, or its links. */
  @Get(':sequence')
  @Public()
  async mail(
    @Param('sequence', ParseIntPipe) sequence: number,
    @Query() { view }: MailQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.admit(request);
    const mail = await this.require(sequence);
    const source = view === 'source' ? ((await this.store.source(sequence)) ?? '') : '';
    await answer(reply, mailPage(sequence, mail, source, view), PAGE_POLICY);
  }

  /** What the frame shows. */
  @Get(':sequence/html')
  @Public()
  async html(
    @Param('sequence', ParseIntPipe) sequence: number,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.admit(request);
    const mail = await this.require(sequence);
    await answer(reply, framedMail(mail.html ?? ''), MAIL_POLICY);
  }

  /** The socket's own address: a header could claim any. */
  private admit(request: FastifyRequest): void {
    const from = request.socket.remoteAddress ?? '';
    const local = from === '::1' || /^(::ffff:)?127\./.test(from);
    if (!this.inbox.isOpen || !local) throw Refusal.notFound('The inbox');
  }

  private async require(sequence: number): Promise<ReadMail> {
    const mail = await this.store.read(sequence);
    if (!mail) throw Refusal.notFound(`The mail ${sequence}`);
    return mail;
  }
}

async function answer(reply: FastifyReply, html: string, policy: string): Promise<void> {
  await reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', policy)
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .send(html);
}
