import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

interface Stat {
  pid: number;
  parent: number;
  /** User and system time, its own and that of children it has waited for, in seconds. */
  seconds: number;
}

/** CPU seconds used so far by the process trees under `roots` (children that ended are counted by their parent). */
export function cpuSeconds(roots: readonly number[]): number {
  const stats = allStats();
  const wanted = new Set(roots);
  for (let grew = true; grew;) {
    grew = false;
    for (const stat of stats) {
      if (!wanted.has(stat.pid) && wanted.has(stat.parent)) {
        wanted.add(stat.pid);
        grew = true;
      }
    }
  }
  return stats.filter((stat) => wanted.has(stat.pid)).reduce((sum, stat) => sum + stat.seconds, 0);
}

function allStats(): Stat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The command stands in parentheses and may hold spaces: what follows the last one is positional.
        const fields = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
        const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0);
        return [{ pid: Number(name), parent: Number(fields[1]), seconds: ticks / TICKS_PER_SECOND }];
      } catch {
        return [];
      }
    });
}
