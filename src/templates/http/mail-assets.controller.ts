import { createReadStream, readdirSync, type ReadStream } from 'node:fs';
import path from 'node:path';
import { Controller, Get, Param, Res, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { Public, Unlimited } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { shippedFolder } from '../shipped-folder';

const TYPES: Readonly<Record<string, string>> = { '.png': 'image/png', '.jpg': 'image/jpeg' };

/** Pictures of the shipped mails. Only files that were there at boot have a name here, so no path can lead elsewhere. */
@ApiExcludeController()
@Controller('assets/mails')
export class MailAssetsController {
  private readonly folder = path.join(shippedFolder(), 'images');
  private readonly names = new Set(readdirSync(this.folder).filter((name) => path.extname(name) in TYPES));

  /** Cached for a month: a mail program or its proxy asks again for every reader. */
  @Get(':name')
  @Public()
  @Unlimited()
  picture(@Param('name') name: string, @Res({ passthrough: true }) reply: FastifyReply): StreamableFile {
    const type = TYPES[path.extname(name)];
    if (type === undefined || !this.names.has(name)) throw Refusal.notFound('This picture');
    void reply.header('cache-control', 'public, max-age=2592000');
    void reply.header('cross-origin-resource-policy', 'cross-origin');
    const stream: ReadStream = createReadStream(path.join(this.folder, name));
    return new StreamableFile(stream, { type });
  }
}
