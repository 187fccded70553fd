import { visitEmbedded } from '../platform/database/embedded/visit-embedded';
import { Stopped } from './commands';
import { type AuditOptions, type LookOptions } from './options';

/**
 * Runs a look at the database: the one that was named, else the embedded one, started for the look where the service does
 * not run. @throws Stopped
 */
export async function onItsDatabase(
  { database, dataDir, ...options }: LookOptions,
  look: (options: AuditOptions) => Promise<number>,
): Promise<number> {
  if (database !== undefined) return look({ ...options, database });
  const visit = await visitEmbedded(dataDir, () => undefined).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Stopped(`${why}: set DATABASE_URL or DATA_DIR, or say --database`);
  });
  try {
    return await look({ ...options, database: visit.url });
  } finally {
    await visit.stop();
  }
}
