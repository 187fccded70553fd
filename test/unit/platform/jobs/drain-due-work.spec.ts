import { drainDueWork, nearestDueAt } from '../../../../src/platform/jobs/drain-due-work';
import { type DueWork } from '../../../../src/platform/jobs/due-work';

const at = (minute: number): Date => new Date(Date.UTC(2026, 2, 2, 8, minute));

/** Work whose pieces are due at given minutes; `make` lets a piece make other work due. */
function work(name: string, order: number, due: number[], log: string[], make?: () => void): DueWork {
  return {
    name,
    order,
    nextDueAt: () => Promise.resolve(due.length > 0 ? at(Math.min(...due)) : null),
    runDue: (now) => {
      const ready = due.filter((minute) => at(minute) <= now);
      for (const minute of ready) due.splice(due.indexOf(minute), 1);
      if (ready.length > 0) {
        log.push(`${name}@${now.getUTCMinutes()}`);
        make?.();
      }
      return Promise.resolve(ready.length);
    },
  };
}

describe('draining the due work', () => {
  it('runs what is due in order of the chain, again and again until nothing is', async () => {
    const log: string[] = [];
    const entries: number[] = [];
    const sends: number[] = [];
    const works = [
      work('ingest', 10, [0], log, () => entries.push(0)),
      work('entries', 50, entries, log, () => sends.push(0)),
      work('send', 70, sends, log),
    ];
    await drainDueWork(works, at(0));
    expect(log).toEqual(['ingest@0', 'entries@0', 'send@0']);
  });

  it('goes back upstream when work downstream made it due', async () => {
    const log: string[] = [];
    const upstream: number[] = [];
    let once = true;
    const works = [
      work('up', 10, upstream, log),
      work('down', 20, [0], log, () => {
        if (once) upstream.push(0);
        once = false;
      }),
    ];
    await drainDueWork(works, at(0));
    expect(log).toEqual(['down@0', 'up@0']);
  });

  it('leaves alone what is due later, and says when', async () => {
    const log: string[] = [];
    const works = [work('a', 10, [0, 30], log), work('b', 20, [20], log)];
    await drainDueWork(works, at(0));
    expect(log).toEqual(['a@0']);
    expect(await nearestDueAt(works)).toEqual(at(20));
    expect(await nearestDueAt([])).toBeNull();
  });

  it('waits for work that another process holds', async () => {
    let looks = 0;
    const held: DueWork = {
      name: 'held',
      order: 10,
      nextDueAt: () => Promise.resolve(++looks < 4 ? at(0) : null),
      runDue: () => Promise.resolve(0),
    };
    await drainDueWork([held], at(0));
    expect(looks).toBe(4);
  });

  it('stops between batches when it is told to', async () => {
    const log: string[] = [];
    await drainDueWork([work('a', 10, [0], log)], at(0), () => true);
    expect(log).toEqual([]);
  });
});
