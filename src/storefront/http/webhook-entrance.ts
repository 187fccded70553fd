import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Clock } from '../../kernel/clock';
import { Refusal } from '../../kernel/errors';
import { TestClock } from '../../platform/clock/test-clock';
import { AppConfig } from '../../platform/config/config';
import { WEBHOOK_LIMIT } from '../../platform/http/body-parsers';
import { clientAddress, trustOf, type TrustProxy } from '../../platform/http/client-address';
import { type Problem, problemOf, retryAfterOf } from '../../platform/http/problem-filter';
import { AppLogger } from '../../platform/logging/logger';
import { WebhookDoor } from '../webhook-door';

const ROUTE = /^\/webhooks\/([a-z0-9-]{1,64})$/;

const INTERNAL: Problem = {
  type: 'about:blank',
  title: 'Internal error',
  status: 500,
  detail: 'Something failed on our side. It is in the log; the delivery was not taken, send it again.',
};

/**
 * Takes webhooks before the framework sees them: no routing, hooks, guards or pipes for the one route that shops call
 * all day, and whose credential is its signature. The route in `events.controller.ts` does the same and says so to the
 * document; it serves forms (WooCommerce's ping) and the test clock, which has to be read before each request.
 */
@Injectable()
export class WebhookEntrance implements OnApplicationBootstrap {
  private readonly trust: TrustProxy;

  constructor(
    private readonly door: WebhookDoor,
    private readonly host: HttpAdapterHost,
    private readonly clock: Clock,
    private readonly logger: AppLogger,
    config: AppConfig,
  ) {
    this.trust = trustOf(config.trustedProxies);
  }

  onApplicationBootstrap(): void {
    if (this.clock instanceof TestClock) return;
    const server = this.host.httpAdapter.getHttpServer() as Server;
    const others = server.listeners('request') as Array<(request: IncomingMessage, response: ServerResponse) => void>;
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const key = request.method === 'POST' && isJson(request) ? ROUTE.exec(request.url ?? '')?.[1] : undefined;
      if (key !== undefined) void this.answer(key, request, response);
      else for (const listener of others) listener.call(server, request, response);
    });
  }

  private async answer(key: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await bytesOf(request);
      const receipt = await this.door.accept(
        key,
        request.headers as Record<string, string | undefined>,
        body,
        clientAddress(request, this.trust),
      );
      send(response, 202, 'application/json; charset=utf-8', receipt);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      const problem = problemOf(error);
      if (!problem) this.logger.failure('a webhook could not be taken', error, { source: key });
      const shown = problem ?? INTERNAL;
      // What is left of a body that is too large is not read: the connection cannot go on.
      if (shown.status === 413) response.setHeader('connection', 'close');
      const retryAfter = retryAfterOf(error, shown.status);
      if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
      send(response, shown.status, 'application/problem+json; charset=utf-8', shown);
    }
  }
}

function isJson(request: IncomingMessage): boolean {
  return request.headers['content-type']?.startsWith('application/json') ?? false;
}

function send(response: ServerResponse, status: number, type: string, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
}

/** The body, up to the limit. @throws Refusal 413 */
function bytesOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= WEBHOOK_LIMIT) return void chunks.push(chunk);
      request.pause();
      reject(new Refusal('too_large', 'A delivery may have 5 MiB at most.'));
    });
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}
