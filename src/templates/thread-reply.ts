import { type Worker } from 'node:worker_threads';

/** A process that was frozen finds its timers run out before it reads what has long been answered. */
const LAST_LOOK_MS = 50;

/**
 * The thread's next message; undefined when none came in time, or the thread died (out of memory).
 *
 * @param ask hands the thread what it is to answer
 */
export function replyOf(thread: Worker, patienceMs: number, ask?: () => void): Promise<unknown> {
  return new Promise((resolve) => {
    const settle = (value: unknown): void => {
      clearTimeout(timer);
      thread.off('message', settle);
      thread.off('error', died);
      thread.off('exit', died);
      resolve(value);
    };
    const died = (): void => settle(undefined);
    let timer = setTimeout(() => {
      timer = setTimeout(died, LAST_LOOK_MS);
    }, patienceMs);
    thread.on('message', settle);
    thread.on('error', died);
    thread.on('exit', died);
    ask?.();
  });
}
