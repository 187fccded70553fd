import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { Refusal } from '../../kernel/errors';

/** JSON bodies are bounded at 1 MiB (`api.md` 1) where a route does not say more; webhooks get more, orders are large. */
export const JSON_LIMIT = 1024 * 1024;
export const WEBHOOK_LIMIT = 5 * 1024 * 1024;

/**
 * Levels of objects and lists in a body; twice what any of our languages allows. Libraries walk bodies by recursion, and
 * one of 50,000 levels would end in a stack overflow there.
 */
const JSON_DEPTH = 200;
const TOO_DEEP = `is nested more than ${JSON_DEPTH} deep`;

/** What a route with larger bodies says of itself: `@RouteConfig({ jsonLimit })`, in bytes. */
export interface JsonLimit {
  jsonLimit?: number;
}

const jsonLimitOf = (request: FastifyRequest): number =>
  (request.routeOptions.config as JsonLimit).jsonLimit ?? JSON_LIMIT;

const isWebhook = (request: FastifyRequest): boolean => request.url.startsWith('/webhooks/');

/**
 * How bodies are read. Under `/webhooks/` the raw bytes are the body whatever their media type, because the signature
 * is over them; file imports and raw mails are handed on as a stream; everything else is JSON or a form.
 */
export function installBodyParsers(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const { jsonLimit } = (route.config ?? {}) as JsonLimit;
    if (jsonLimit !== undefined) route.bodyLimit = jsonLimit;
  });
  const json = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser(['application/json', 'text/plain']);
  fastify.addContentTypeParser(
    ['application/json', 'application/problem+json'],
    { parseAs: 'buffer', bodyLimit: WEBHOOK_LIMIT },
    (request, body: Buffer, done) => {
      if (isWebhook(request)) return done(null, body);
      const limit = jsonLimitOf(request);
      if (body.length > limit) {
        return done(new Refusal('too_large', `A JSON body may have ${limit / JSON_LIMIT} MiB at most here.`));
      }
      if (body.length === 0) return done(null, undefined);
      return json(request, body.toString('utf8'), (error, value: unknown) => {
        if (error) return done(new Refusal('malformed', `The body is not valid JSON: ${error.message}`));
        if (isDeeperThan(value, JSON_DEPTH)) return done(Refusal.invalid([{ path: '', message: TOO_DEEP }]));
        return done(null, value);
      });
    },
  );
  fastify.addContentTypeParser(
    ['text/csv', 'application/x-ndjson', 'application/ndjson', 'application/octet-stream', 'message/rfc822'],
    (request, payload, done) => {
      if (!isWebhook(request)) return done(null, payload);
      return void collect(payload).then((body) => done(null, body), done);
    },
  );
  fastify.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: WEBHOOK_LIMIT }, (request, body: Buffer, done) => {
    if (isWebhook(request)) return done(null, body);
    if (body.length === 0) return done(null, undefined);
    return done(
      new Refusal(
        'unsupported_media',
        `This route does not take ${request.headers['content-type'] ?? 'a body without a type'}.`,
      ),
    );
  });
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) if (isDeeperThan((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > WEBHOOK_LIMIT) throw new Refusal('too_large', 'A delivery may have 5 MiB at most.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
