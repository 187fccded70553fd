import { type FastifyRequest } from 'fastify';
import { type HitRequest } from '../domain/classify-hit';

const PURPOSES = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;

/** What the rules look at. */
export function hitRequestOf(request: FastifyRequest): HitRequest {
  const { headers } = request;
  const name = PURPOSES.find((purpose) => headers[purpose] !== undefined);
  const purpose = name && headers[name];
  return {
    method: request.method,
    userAgent: headers['user-agent'],
    purpose: Array.isArray(purpose) ? purpose.join() : purpose,
  };
}
