import { FixedClock } from '../../../../src/kernel/clock';
import { type Database } from '../../../../src/platform/database/database';
import { DueWorkRegistry, type DueWork } from '../../../../src/platform/jobs/due-work';
import { LiveLoop } from '../../../../src/platform/jobs/live-loop';
import { AppLogger } from '../../../../src/platform/logging/logger';

const now = new Date('2026-03-02T08:00:00Z');

/** A queue of pieces; `done` resolves when it has been worked off. */
class Queue implements DueWork {
  pieces = 0;
  ran = 0;
  failing = 0;
  private waiting: Array<() => void> = [];
  constructor(
    readonly name: string,
    readonly order: number,
    private readonly then?: () => void,
  ) {}
  nextDueAt(): Promise<Date | null> {
    return Promise.resolve(this.pieces > 0 ? now : null);
  }
  async runDue(): Promise<number> {
    await new Promise((done) => setImmediate(done));
    if (this.failing-- > 0) throw new Error('not now');
    const taken = this.pieces;
    this.pieces = 0;
    this.ran += taken;
    if (taken > 0) {
      this.then?.();
      for (const wake of this.waiting.splice(0)) wake();
    }
    return taken;
  }
  done(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

function loopOver(...works: Queue[]): LiveLoop {
  const registry = new DueWorkRegistry();
  for (const work of works) registry.register(work);
  return new LiveLoop(registry, new FixedClock(now), {} as Database, new AppLogger('silent'));
}

describe('the live loop', () => {
  it('works off what is there at start, and what comes once it is woken', async () => {
    const queue = new Queue('a', 10);
    queue.pieces = 3;
    const loop = loopOver(queue);
    const first = queue.done();
    loop.start();
    await first;
    const second = queue.done();
    queue.pieces = 2;
    loop.wake();
    await second;
    expect(queue.ran).toBe(5);
    await loop.stop();
  });

  it('wakes what stands downstream of work that was done', async () => {
    const down = new Queue('down', 20);
    const up = new Queue('up', 10, () => (down.pieces += 1));
    const loop = loopOver(up, down);
    loop.start();
    const done = down.done();
    up.pieces = 1;
    loop.wake();
    await done;
    expect(down.ran).toBe(1);
    await loop.stop();
  });

  it('wakes one kind by its name, all without one', async () => {
    const [other, named] = [new Queue('other', 10), new Queue('named', 20)];
    const loop = loopOver(other, named);
    loop.start();
    await new Promise((done) => setTimeout(done, 20));
    const first = named.done();
    named.pieces = 1;
    other.pieces = 1;
    loop.wake('named');
    await first;
    await new Promise((done) => setTimeout(done, 20));
    expect([named.ran, other.ran]).toEqual([1, 0]);
    const second = other.done();
    loop.wake();
    await second;
    await loop.stop();
  });

  it('backs off a kind that fails, alone, and goes on with it', async () => {
    const bad = new Queue('bad', 10);
    const good = new Queue('good', 20);
    bad.failing = 1;
    bad.pieces = 1;
    good.pieces = 1;
    const loop = loopOver(bad, good);
    const [badDone, goodDone] = [bad.done(), good.done()];
    loop.start();
    await goodDone;
    expect(bad.ran).toBe(0);
    await badDone;
    expect(bad.ran).toBe(1);
    await loop.stop();
  });

  it('does nothing while it is suspended, and takes up the work afterwards', async () => {
    const queue = new Queue('a', 10);
    const loop = loopOver(queue);
    loop.start();
    await loop.whileSuspended(async () => {
      queue.pieces = 1;
      loop.wake();
      await new Promise((done) => setImmediate(done));
      await new Promise((done) => setImmediate(done));
      expect(queue.ran).toBe(0);
      return Promise.resolve();
    });
    if (queue.ran === 0) await queue.done();
    expect(queue.ran).toBe(1);
    await loop.stop();
  });

  it('takes nothing on once it is stopped', async () => {
    const queue = new Queue('a', 10);
    const loop = loopOver(queue);
    loop.start();
    await loop.stop();
    queue.pieces = 1;
    loop.wake();
    loop.start();
    await new Promise((done) => setImmediate(done));
    expect(queue.ran).toBe(0);
  });
});
