import { Injectable } from '@nestjs/common';

/** What is worth knowing beside whether the process takes work. No names of people, no secrets: everybody may read it. */
export type HealthNote = () => Promise<Record<string, unknown>>;

/**
 * Notes shown by `GET /health/ready`. They never make a process unready: a mailbox that is away, or a sending domain that is
 * held back, is no reason to take a process out of service.
 */
@Injectable()
export class HealthNotes {
  private readonly notes = new Map<string, HealthNote>();

  add(name: string, note: HealthNote): void {
    this.notes.set(name, note);
  }

  async read(): Promise<Record<string, Record<string, unknown>>> {
    const read = [...this.notes].map(async ([name, note]) => [name, await note().catch(() => ({}))] as const);
    return Object.fromEntries(await Promise.all(read));
  }
}
