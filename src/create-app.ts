import fastifyFormbody from '@fastify/formbody';
import fastifyHelmet from '@fastify/helmet';
import fastifyMultipart from '@fastify/multipart';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { AppModule } from './app.module';
import { Clock } from './kernel/clock';
import { Refusal } from './kernel/errors';
import { TestClock } from './platform/clock/test-clock';
import { AppConfig } from './platform/config/config';
import { Database } from './platform/database/database';
import { ReadinessState } from './platform/health/readiness-state';
import { installBodyParsers } from './platform/http/body-parsers';
import { serveApiDocument } from './platform/http/openapi';
import { trustOf } from './platform/http/client-address';
import { ProblemFilter } from './platform/http/problem-filter';
import { runAs } from './platform/http/request-context';
import { validationPipe } from './platform/http/validation';
import { AppLogger } from './platform/logging/logger';

/** Longest time a client may take for a request; slower ones are cut off. Imports stream for longer. */
const REQUEST_TIMEOUT_MS = 10 * 60_000;

/** How often connections that have become idle are closed while the server is closing. */
const IDLE_LOOK_MS = 50;

/**
 * Builds the service on a database that is already migrated. `listen` it to serve; `close` it to drain: due work that
 * is under way ends, answers that are owed are given, then the connections close.
 */
export async function createApp(config: AppConfig, databaseUrl: string): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    trustProxy: trustOf(config.trustedProxies),
    requestTimeout: REQUEST_TIMEOUT_MS,
    // The token of a link carries an address.
    routerOptions: { maxParamLength: 2_048 },
    forceCloseConnections: 'idle',
  });
  const fastify = adapter.getInstance();
  await fastify.register(fastifyHelmet, {
    contentSecurityPolicy: false,
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  });
  await fastify.register(fastifyFormbody);
  await fastify.register(fastifyMultipart, { limits: { fields: 20, fieldSize: 10_000, files: 0 } });
  installBodyParsers(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config, databaseUrl), adapter, {
    bufferLogs: true,
    abortOnError: false,
    bodyParser: false,
  });
  const logger = app.get(AppLogger);
  app.useLogger(logger);
  app.useGlobalFilters(new ProblemFilter(logger));
  app.useGlobalPipes(validationPipe());
  installRequestHooks(app);
  if (config.role === 'worker') serveOperationsOnly(app);
  serveApiDocument(app);
  return app;
}

/** A worker answers its supervisor and nobody else: the API is served by the roles that say so. */
function serveOperationsOnly(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void) => {
      done(
        /^\/(health|metrics)\b/.test(request.url)
          ? undefined
          : Refusal.notFound('This route (the process is a worker)'),
      );
    });
}

/** Each request gets a context of its own (who acts); on the test clock it first learns where the clock stands. */
function installRequestHooks(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const clock = app.get(Clock);
  const database = app.get(Database);
  const state = app.get(ReadinessState);
  // A connection that is kept open behind an answer owed at a stop would hold the stop up until the client lets go of it.
  fastify.addHook('onSend', (_request: FastifyRequest, reply: FastifyReply, _payload: unknown, done: () => void) => {
    if (!state.accepting) void reply.header('connection', 'close');
    done();
  });
  // Nor may one whose answer was on its way just then: it was not idle when the server closed those that were.
  fastify.addHook('preClose', (done: () => void) => {
    const look = setInterval(() => fastify.server.closeIdleConnections(), IDLE_LOOK_MS).unref();
    fastify.server.once('close', () => clearInterval(look));
    done();
  });
  fastify.addHook('onRequest', (_request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
    if (clock instanceof TestClock) {
      void clock
        .refresh(database)
        .catch(() => undefined)
        .then(() => runAs('public', done));
      return;
    }
    runAs('public', done);
  });
}
