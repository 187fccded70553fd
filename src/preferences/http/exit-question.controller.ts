import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiNotFoundResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Public } from '../../access/roles';
import { AppLogger } from '../../platform/logging/logger';
import { PublicPages } from '../../tracking/public-pages';
import { Subscribers } from '../../tracking/subscribers.service';
import { type LeaverRow } from '../data/exit-answers.sql';
import { EXIT_REASONS, MOST_WORDS, readExitAnswer } from '../domain/exit-reason';
import { ExitDesk } from '../exit-desk';
import { questionPage, thanksPage } from './exit-pages';

const BODY = {
  schema: {
    type: 'object',
    properties: {
      reason: { type: 'string', enum: [...EXIT_REASONS] },
      words: { type: 'string', description: `cut after ${MOST_WORDS} characters` },
    },
  },
};

/** Somebody who has left, by the link of a mail. */
interface Visit {
  messageId: string;
  leaver: LeaverRow;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Why somebody has left: asked once, never needed for leaving. The token of the link is the credential. */
@ApiTags('public')
@Controller('u')
export class ExitQuestionController {
  constructor(
    private readonly desk: ExitDesk,
    private readonly subscribers: Subscribers,
    private readonly pages: PublicPages,
    private readonly logger: AppLogger,
  ) {}

  /** The question, or thanks to who has answered; who has not left is led to where one leaves. */
  @Get(':token/why')
  @Public()
  @ApiOkResponse({ description: 'A page with the question.' })
  @ApiNotFoundResponse({ description: 'Not a token of ours.' })
  async show(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.visited(token, request, reply, ({ messageId, leaver }) => {
      const language = this.pages.languageFor(request, leaver);
      const page = leaver.answered
        ? thanksPage(language, this.pages.shop, true)
        : questionPage(language, this.desk.pathOf(messageId), false);
      return this.pages.send(reply, page);
    });
  }

  /** The answer. The first of a person stays. */
  @Post(':token/why')
  @Public()
  @HttpCode(200)
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody(BODY)
  @ApiOkResponse({ description: 'A page with thanks.' })
  @ApiNotFoundResponse({ description: 'Not a token of ours.' })
  async answer(
    @Param('token') token: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.visited(token, request, reply, async ({ messageId, leaver }) => {
      const language = this.pages.languageFor(request, leaver);
      const said = readExitAnswer(body);
      if (!said && !leaver.answered) {
        return this.pages.send(reply, questionPage(language, this.desk.pathOf(messageId), true));
      }
      const kept = said ? await this.desk.keep(messageId, said, language) : false;
      await this.pages.send(reply, thanksPage(language, this.pages.shop, !kept));
    });
  }

  private async visited(
    token: string,
    request: FastifyRequest,
    reply: FastifyReply,
    act: (visit: Visit) => Promise<void>,
  ): Promise<void> {
    const messageId = this.subscribers.messageOf('unsubscribe', token);
    if (messageId === undefined) return this.pages.sendProblem(reply, request, 'unknown');
    try {
      const leaver = await this.desk.find(messageId);
      if (!leaver) return await this.pages.sendProblem(reply, request, 'unknown');
      if (!leaver.unsubscribed) return await this.lead(reply, messageId);
      await act({ messageId, leaver, request, reply });
    } catch (error) {
      this.logger.failure('why somebody left cannot be asked', error);
      await this.pages.sendProblem(reply, request, 'unavailable');
    }
  }

  private async lead(reply: FastifyReply, messageId: string): Promise<void> {
    const to = this.desk.pathOf(messageId).replace(/\/why$/, '');
    await reply.status(303).header('location', to).header('cache-control', 'no-store').send();
  }
}
