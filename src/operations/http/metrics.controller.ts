import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { ApiKeysService } from '../../access/api-keys.service';
import { bearerOf } from '../../access/bearer';
import { Public, Unlimited } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { AppConfig } from '../../platform/config/config';
import { Metrics } from '../../platform/metrics/metrics';

/** Prometheus metrics. Open in development and tests; in production any API key is needed. */
@ApiTags('operations')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
    private readonly keys: ApiKeysService,
  ) {}

  @Get()
  @Public()
  @Unlimited()
  async read(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    if (this.config.environment === 'production') {
      const token = bearerOf(request.headers.authorization);
      if (!token || !(await this.keys.recognise(token))) {
        throw new Refusal('unauthenticated', 'In production the metrics need an API key.');
      }
    }
    reply.header('content-type', this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}
