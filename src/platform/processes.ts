import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Whether the process lives. A zombie does not: in a container whose first process reaps nobody a killed process keeps
 * its id for ever, and `kill(pid, 0)` goes on succeeding.
 */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const state = statOf(pid)?.[0];
  return state === undefined || !'ZX'.includes(state);
}

/** A process, told from a later one with the same id. */
export interface ProcessMark {
  pid: number;
  /** Ticks from the machine's boot to the process's start; undefined where the system does not show it. */
  startedAt: string | undefined;
}

export function markOf(pid: number): ProcessMark {
  return { pid, startedAt: startedAt(pid) };
}

/** Whether the very process that was marked still lives. */
export function stillLives({ pid, startedAt: then }: ProcessMark): boolean {
  return isAlive(pid) && (then === undefined || startedAt(pid) === then);
}

function startedAt(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

/** Its command line, or undefined where the system does not show it. */
export function commandLine(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return undefined;
  }
}

/** Living processes whose working directory is `dir`; none where the system does not show it. */
export function processesIn(dir: string): number[] {
  let ids: number[];
  try {
    ids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
  return ids.filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === dir && isAlive(pid);
    } catch {
      return false;
    }
  });
}

/** Fields of /proc/<pid>/stat from the state on; the name before it may contain blanks and parentheses. */
function statOf(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ');
  } catch {
    return undefined;
  }
}
