import 'reflect-metadata';
import { createApp } from './create-app';
import { AppConfig } from './platform/config/config';
import { ConfigError } from './platform/config/environment';
import { runMigrations } from './platform/database/data-source';
import { type EmbeddedPostgres, startEmbedded } from './platform/database/embedded/embedded-postgres';
import { AppLogger } from './platform/logging/logger';

/** A drain that takes longer than this is cut off: supervisors kill at 30 s, and a clean cut beats a kill. */
const STOP_LIMIT_MS = 28_000;

/**
 * Starts the roles asked for (`ROLE`: all, api or worker). Order at start: configuration, database, migrations, service.
 * Order at stop: service drained, then the embedded database, last.
 */
async function main(): Promise<void> {
  const config = AppConfig.load();
  const logger = new AppLogger(config.logLevel);
  const say = (message: string): void => logger.info(message);
  const embedded = config.databaseUrl ? undefined : await startEmbedded({ dataDir: config.dataDir, log: say });
  const url = config.databaseUrl ?? embedded?.url ?? '';
  try {
    const ran = await runMigrations(url);
    if (ran.length > 0) logger.info('the database was upgraded', { migrations: ran });
    const app = await createApp(config, url);
    stopOnSignals(() => app.close(), embedded, logger);
    await app.listen(config.port, config.host);
    logger.info('ready', {
      url: await app.getUrl(),
      role: config.role,
      ...(config.testClock ? { clock: 'test' } : {}),
    });
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

function stopOnSignals(close: () => Promise<void>, embedded: EmbeddedPostgres | undefined, logger: AppLogger): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info('stopping', { signal });
    const cut = setTimeout(() => {
      logger.warn('the drain took too long and was cut off');
      process.exit(1);
    }, STOP_LIMIT_MS);
    void close()
      .catch((error: unknown) => logger.failure('stopping failed', error))
      .then(() => embedded?.stop())
      .catch((error: unknown) => logger.failure('stopping the database failed', error))
      .finally(() => {
        clearTimeout(cut);
        logger.flush();
        process.exit(0);
      });
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
}

main().catch((error: unknown) => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const text = error instanceof ConfigError ? message : (stack ?? message);
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
