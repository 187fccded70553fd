import { type Fault } from '../kernel/errors';
import { type Blueprint, type BlueprintPlan, type PlanBasis } from '../blueprints/blueprint.types';

/** A plan may compile a hundred mails. */
const TIMEOUT_MS = 5 * 60_000;

/** The service said no, in its own words. */
export class ApiRefusal extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly faults: readonly Fault[],
  ) {
    super(detail);
  }
}

/** The service could not be asked. */
export class NotReached extends Error {}

/** The service behind its API. */
export class Api {
  constructor(
    readonly base: string,
    private readonly key: string,
  ) {}

  plan(content: Blueprint, prune: boolean): Promise<BlueprintPlan> {
    return this.call('POST', 'plan', { ...content, prune });
  }

  apply(content: Blueprint, prune: boolean, basis: PlanBasis): Promise<BlueprintPlan> {
    return this.call('POST', 'apply', { ...content, prune, basis });
  }

  export(): Promise<Blueprint> {
    return this.call('GET', 'export');
  }

  private async call<T>(method: string, what: string, body?: unknown): Promise<T> {
    const answer = await this.fetch(`${this.base}/api/v1/blueprints/${what}`, method, body);
    const text = await answer.text();
    const json = parsed(text);
    if (answer.ok && json !== undefined) return json as T;
    const { detail, errors } = (json ?? {}) as { detail?: unknown; errors?: unknown };
    if (typeof detail !== 'string') throw new NotReached(`${this.base} answered ${answer.status}: is it this service?`);
    throw new ApiRefusal(answer.status, detail, Array.isArray(errors) ? (errors as Fault[]) : []);
  }

  private async fetch(url: string, method: string, body: unknown): Promise<Response> {
    try {
      return await fetch(url, {
        method,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const cause = (error as { cause?: unknown }).cause ?? error;
      const { code, message } = cause as { code?: string; message?: string };
      throw new NotReached(`${this.base} cannot be reached: ${code ?? message ?? 'no answer'}`, { cause });
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
