import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Public, Unlimited } from '../../access/roles';
import { Subscribers } from '../subscribers.service';
import { TrackingService } from '../tracking.service';
import { hitRequestOf } from '../hit-request';
import { unsubscribePage } from './pages';
import { PublicPages } from '../public-pages';

const UNKNOWN_PERSON = { customerId: null, locale: null, messageLocale: null, unsubscribed: false };

/** One-click unsubscribe (RFC 8058) and the page for people. */
@ApiTags('public')
@Controller('u')
export class UnsubscribeController {
  constructor(
    private readonly tracking: TrackingService,
    private readonly subscribers: Subscribers,
    private readonly pages: PublicPages,
  ) {}

  /** A page with a confirming button. Changes nothing: link scanners and previews come here too. */
  @Get(':token')
  @Public()
  @ApiOkResponse({ description: 'A page with a confirming button.' })
  @ApiNotFoundResponse({ description: 'Not a token of ours.' })
  async ask(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const messageId = this.subscribers.messageOf('unsubscribe', token);
    if (messageId === undefined) return this.pages.sendProblem(reply, request, 'unknown');
    // Without the database the question can be asked all the same, and the answer is kept until it is back.
    const person = await this.subscribers.find(messageId).catch(() => ({ ...UNKNOWN_PERSON, messageId }));
    if (!person) return this.pages.sendProblem(reply, request, 'unknown');
    const language = this.pages.languageFor(request, person);
    await this.pages.send(reply, unsubscribePage(language, this.pages.shop, person.unsubscribed));
  }

  /**
   * Unsubscribes, at once, without a redirect, as often as it is sent. A mailbox provider posts
   * `List-Unsubscribe=One-Click`, urlencoded or multipart; the page posts its button.
   */
  @Post(':token')
  @Public()
  @Unlimited()
  @HttpCode(200)
  @ApiOkResponse({ description: 'Unsubscribed.' })
  @ApiNotFoundResponse({ description: 'Not a token of ours.' })
  async unsubscribe(
    @Param('token') token: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // A multipart body is not read for us, and need not be: whatever it says, the token is the wish.
    request.raw.resume();
    const messageId = this.subscribers.messageOf('unsubscribe', token);
    if (messageId === undefined) return this.pages.sendProblem(reply, request, 'unknown');
    const source = isPageForm(body) ? 'page' : 'one_click';
    const outcome = await this.tracking.unsubscribe(messageId, source, hitRequestOf(request));
    if (outcome === 'unknown' || outcome === 'unavailable') return this.pages.sendProblem(reply, request, outcome);
    const person = outcome === 'done' ? await this.subscribers.find(messageId).catch(() => undefined) : undefined;
    const language = this.pages.languageFor(request, person);
    await this.pages.sendLeft(reply, language, { messageId, soon: outcome === 'kept', asks: source === 'page' });
  }
}

function isPageForm(body: unknown): boolean {
  return (body as { confirm?: unknown } | undefined)?.confirm === 'yes';
}
