/** Where Postgres is: `DATABASE_URL`, or the embedded server's, known once it has started. */
export class DatabaseUrl {
  constructor(readonly value: string) {}
}
