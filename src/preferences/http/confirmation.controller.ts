import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Public } from '../../access/roles';
import { PublicPages } from '../../tracking/public-pages';
import { Confirmations } from '../confirmations';
import { confirmedPage, confirmPage } from './confirmation-pages';
import { CONFIRMATION_TEXTS, TEXT_VERSION } from './confirmation-texts';

/** Confirms a subscription (double opt-in). The token of the link is the credential. */
@ApiTags('public')
@Controller('c')
export class ConfirmationController {
  constructor(
    private readonly confirmations: Confirmations,
    private readonly pages: PublicPages,
  ) {}

  /** The question with a button. Changes nothing: link scanners and previews come here too. */
  @Get(':token')
  @Public()
  @ApiOkResponse({ description: 'A page with a confirming button.' })
  @ApiNotFoundResponse({ description: 'Not a token of ours, or too old.' })
  async ask(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const asked = await this.confirmations.find(token);
    if (!asked) return this.pages.sendProblem(reply, request, 'unknown');
    const language = this.pages.languageFor(request, asked);
    const page = asked.confirmed ? confirmedPage : confirmPage;
    await this.pages.send(reply, page(language, this.pages.shop));
  }

  /** Confirms, as often as it is sent; what the button said is kept as the proof. */
  @Post(':token')
  @Public()
  @HttpCode(200)
  @ApiOkResponse({ description: 'Confirmed.' })
  @ApiNotFoundResponse({ description: 'Not a token of ours, or too old.' })
  async confirm(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    request.raw.resume();
    const asked = await this.confirmations.find(token);
    if (!asked) return this.pages.sendProblem(reply, request, 'unknown');
    const language = this.pages.languageFor(request, asked);
    const text = CONFIRMATION_TEXTS[language].question(this.pages.shop);
    const outcome = await this.confirmations.confirm(token, { ip: request.ip, text, textVersion: TEXT_VERSION });
    if (outcome === 'unknown') return this.pages.sendProblem(reply, request, 'unknown');
    await this.pages.send(reply, confirmedPage(language, this.pages.shop));
  }
}
