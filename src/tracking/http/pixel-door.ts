import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AppLogger } from '../../platform/logging/logger';
import { TestClock } from '../../platform/clock/test-clock';
import { Clock } from '../../kernel/clock';
import { TrackingService } from '../tracking.service';
import { hitRequestOf } from '../hit-request';
import { GIF, NEVER_STORED } from './pixel';

const PREFIX = '/t/o/';
const HEADERS = { 'content-type': 'image/gif', 'content-length': GIF.length, 'cache-control': NEVER_STORED };

/**
 * Takes pixel requests before the framework sees them: no routing, hooks, guards or pipes for the one route that is
 * asked for by every mail that is opened, and whose answer is always the same. The route in `hits.controller.ts` does
 * the same and says so to the document; it serves HEAD, and the test clock, which has to be read before each request.
 */
@Injectable()
export class PixelDoor implements OnApplicationBootstrap {
  constructor(
    private readonly tracking: TrackingService,
    private readonly host: HttpAdapterHost,
    private readonly clock: Clock,
    private readonly logger: AppLogger,
  ) {}

  onApplicationBootstrap(): void {
    if (this.clock instanceof TestClock) return;
    const server = this.host.httpAdapter.getHttpServer() as Server;
    const others = server.listeners('request') as Array<(request: IncomingMessage, response: ServerResponse) => void>;
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.method === 'GET' && request.url?.startsWith(PREFIX)) this.answer(request, response, request.url);
      else for (const listener of others) listener.call(server, request, response);
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse, url: string): void {
    const query = url.indexOf('?');
    const token = url.slice(PREFIX.length, query === -1 ? undefined : query);
    this.tracking
      .open(token, hitRequestOf(request))
      .catch((error: unknown) => this.logger.failure('an open could not be recorded', error))
      .finally(() => response.writeHead(200, HEADERS).end(GIF));
  }
}
