import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiFoundResponse, ApiNotFoundResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Public, Unlimited } from '../../access/roles';
import { TrackingService } from '../tracking.service';
import { hitRequestOf } from '../hit-request';
import { GIF, NEVER_STORED } from './pixel';
import { PublicPages } from '../public-pages';

/** What a mail's pixel and links ask for. The token is the credential; a query is never looked at. */
@ApiTags('public')
@Controller('t')
export class HitsController {
  constructor(
    private readonly tracking: TrackingService,
    private readonly pages: PublicPages,
  ) {}

  /** A GIF, whatever the token; a good one records an open. The answer waits until the hit is safe. */
  @Get('o/:token')
  @Public()
  @Unlimited()
  @ApiOkResponse({ description: 'A transparent GIF of one pixel.' })
  async open(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.tracking.open(token, hitRequestOf(request));
    await reply.header('content-type', 'image/gif').header('cache-control', NEVER_STORED).send(GIF);
  }

  /**
   * 302 to the link as it stands in the message; a token that is not ours, or a link that it never had: 404. While the
   * database is away, a page that asks again by itself.
   */
  @Get('c/:token')
  @Public()
  @Unlimited()
  @ApiFoundResponse({ description: 'To the original link.' })
  @ApiNotFoundResponse({ description: 'Not a link of ours.' })
  async click(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const outcome = await this.tracking.click(token, hitRequestOf(request));
    if (outcome === 'kept') return this.pages.sendPatience(reply, request);
    if (typeof outcome === 'string') return this.pages.sendProblem(reply, request, outcome);
    await reply.status(302).header('location', outcome.to).header('cache-control', NEVER_STORED).send();
  }
}
