import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { Refusal } from '../../kernel/errors';

/** JSON bodies are bounded at 1 MiB (`api.md` 1); webhooks get more, shops send large orders. */
export const JSON_LIMIT = 1024 * 1024;
export const WEBHOOK_LIMIT = 5 * 1024 * 1024;

const isWebhook = (request: FastifyRequest): boolean => request.url.startsWith('/webhooks/');

/**
 * How bodies are read. Under `/webhooks/` the raw bytes are the body whatever their media type, because the signature
 * is over them; file imports and raw mails are handed on as a stream; everything else is JSON or a form.
 */
export function installBodyParsers(fastify: FastifyInstance): void {
  const json = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser(['application/json', 'text/plain']);
  fastify.addContentTypeParser(
    ['application/json', 'application/problem+json'],
    { parseAs: 'buffer', bodyLimit: WEBHOOK_LIMIT },
    (request, body: Buffer, done) => {
      if (isWebhook(request)) return done(null, body);
      if (body.length > JSON_LIMIT) return done(new Refusal('too_large', 'A JSON body may have 1 MiB at most.'));
      if (body.length === 0) return done(null, undefined);
      return json(request, body.toString('utf8'), (error, value) =>
        error ? done(new Refusal('malformed', `The body is not valid JSON: ${error.message}`)) : done(null, value),
      );
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
