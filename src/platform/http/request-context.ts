import { AsyncLocalStorage } from 'node:async_hooks';

interface RequestContext {
  actor: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Who acts: `key:<name>` behind an API key, `system` in background work. Stands in the audit log. */
export function actor(): string {
  return storage.getStore()?.actor ?? 'system';
}

/** Names the actor of the request that is under way. */
export function setActor(name: string): void {
  const context = storage.getStore();
  if (context) context.actor = name;
}

/** Runs `fn` (a request, a command) with an actor of its own. */
export function runAs<T>(name: string, fn: () => T): T {
  return storage.run({ actor: name }, fn);
}
