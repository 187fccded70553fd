import { type IncomingHttpHeaders } from 'node:http';
import { type HitRequest } from './domain/classify-hit';

const PURPOSES = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;

/** What the rules look at, of Fastify's request or of Node's own. */
export function hitRequestOf(request: { method?: string; headers: IncomingHttpHeaders }): HitRequest {
  const { headers, method = 'GET' } = request;
  const name = PURPOSES.find((purpose) => headers[purpose] !== undefined);
  const purpose = name && headers[name];
  return {
    method,
    userAgent: headers['user-agent'],
    purpose: Array.isArray(purpose) ? purpose.join() : purpose,
  };
}
