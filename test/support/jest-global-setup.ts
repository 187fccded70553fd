import { startTestServer } from './test-server';

/** Starts the run's Postgres, or finds the one of TEST_DATABASE_URL, and makes the template database. */
export default async function globalSetup(): Promise<void> {
  await startTestServer();
}
