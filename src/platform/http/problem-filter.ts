import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Fault, Refusal, type RefusalKind, TooMany, TooSlow } from '../../kernel/errors';
import { isTimeUp } from '../database/database';
import { AppLogger } from '../logging/logger';

/** RFC 9457 problem details, as `api.md` 1 shapes them. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: Fault[];
}

const STATUS: Record<RefusalKind, number> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  stale: 412,
  too_large: 413,
  unsupported_media: 415,
  invalid: 422,
  too_many: 429,
  unavailable: 503,
};

const TITLE: Record<number, string> = {
  400: 'The request cannot be read',
  401: 'An API key is needed',
  403: 'Not allowed for this key',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'The resource has changed',
  413: 'Too large',
  415: 'Media type not supported',
  422: 'The content is not valid',
  429: 'Too many requests',
  503: 'Not available right now',
};

/** What a client can tell it by: the one 503 that the same request will meet again. */
const TOO_SLOW = { type: 'urn:ritorno:too-slow', title: 'It takes too long' };

/** Builds the problem of an error; undefined for what is no expected refusal (a fault of ours: 500). */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof TooSlow) return { ...problem(503, error.message), ...TOO_SLOW };
  if (error instanceof Refusal) return problem(STATUS[error.kind], error.message, error.faults);
  if (error instanceof HttpException) return problem(error.getStatus(), error.message);
  if (isTimeUp(error))
    return { ...problem(503, 'The database gave up the question after its time limit.'), ...TOO_SLOW };
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return problem(status, status === 413 ? 'The body is larger than this route takes.' : (error as Error).message);
  }
  return undefined;
}

function problem(status: number, detail: string, errors: Fault[] = []): Problem {
  return {
    type: 'about:blank',
    title: TITLE[status] ?? 'The request was refused',
    status,
    detail,
    ...(errors.length > 0 ? { errors } : {}),
  };
}

/** Seconds after which a refusal may be tried again; undefined where waiting does not help. */
export function retryAfterOf(error: unknown, status: number): string | undefined {
  if (error instanceof TooMany) return String(error.retryAfter);
  if (error instanceof TooSlow || isTimeUp(error)) return undefined;
  return status === 429 || status === 503 ? '10' : undefined;
}

const INTERNAL: Problem = {
  type: 'about:blank',
  title: 'Internal error',
  status: 500,
  detail: 'Something failed on our side. It is in the log; nothing of the request was kept half done.',
};

/** The one place where errors become answers. A 5xx never shows internals; the log has them. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: AppLogger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const found = problemOf(error);
    if (!found || found.status >= 500) {
      this.logger.failure('a request failed', error, { method: request.method, route: request.routeOptions.url });
    }
    const shown = found ?? INTERNAL;
    if (reply.sent) return;
    const retryAfter = retryAfterOf(error, shown.status);
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    void reply
      .status(shown.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(shown));
  }
}
