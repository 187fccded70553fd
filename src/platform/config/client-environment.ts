/** What a client of the service takes from its environment, where its command line does not say it. */
export interface ClientEnvironment {
  /** Base of the service. */
  url: string | undefined;
  apiKey: string | undefined;
  /** The database that `ritorno audit` reads. */
  databaseUrl?: string | undefined;
  /** Where the embedded database is that it reads without one. */
  dataDir?: string | undefined;
  /** Whether colours are unwanted (https://no-color.org). */
  noColour: boolean;
}

/** `RITORNO_URL`, `RITORNO_API_KEY`, `DATABASE_URL`, `DATA_DIR`, `NO_COLOR`. */
export function clientEnvironment(): ClientEnvironment {
  const { RITORNO_URL, RITORNO_API_KEY, DATABASE_URL, DATA_DIR, NO_COLOR } = process.env;
  return {
    url: RITORNO_URL || undefined,
    apiKey: RITORNO_API_KEY || undefined,
    databaseUrl: DATABASE_URL || undefined,
    dataDir: DATA_DIR || undefined,
    noColour: Boolean(NO_COLOR),
  };
}
