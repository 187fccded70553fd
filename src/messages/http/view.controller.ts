import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { Public } from '../../access/roles';
import { LinkTokens } from '../link-tokens';
import { MailComposer } from '../mail-composer';

/** A mail holds what its author wrote: styles and pictures may load, scripts and forms are dead, nobody may frame it. */
const POLICY = [
  "default-src 'none'",
  'img-src * data:',
  "style-src 'unsafe-inline' https:",
  'font-src https:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const GONE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not found</title></head>
<body><p>This mail is not here (any more).</p></body></html>`;

/** The "view in browser" link of a mail. */
@ApiTags('public')
@Controller('v')
export class ViewController {
  constructor(
    private readonly tokens: LinkTokens,
    private readonly composer: MailComposer,
  ) {}

  /** The mail as it was sent. 404 when the token is none of ours or the person was erased. */
  @Get(':token')
  @Public()
  async view(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const message = this.tokens.read('view', token);
    const html = message && (await this.composer.show(message.messageId));
    await reply
      .status(html === undefined ? 404 : 200)
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', POLICY)
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .header('x-robots-tag', 'noindex, nofollow')
      .send(html ?? GONE);
  }
}
