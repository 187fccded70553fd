import { PersonalDataOwners } from '../../../src/customers/personal-data';
import { startTestApp, type TestApp } from '../../support/app';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** Tables with a customer's id in them. `after_customer_id` is how far a walk over all customers has come. */
const tablesWithCustomers = async (): Promise<string[]> => {
  const rows = await app.database.query<{ name: string }>(
    `select distinct c.table_name as name from information_schema.columns c
     join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.column_name like '%customer\\_id'
       and c.column_name <> 'after_customer_id'
     order by 1`,
  );
  return rows.map(({ name }) => name);
};

it('every table with a customer id has an owner, and only one', async () => {
  const owned = app.app
    .get(PersonalDataOwners)
    .all()
    .flatMap((owner) => owner.tables);
  expect(owned).toEqual([...new Set(owned)]);
  expect((await tablesWithCustomers()).filter((table) => !owned.includes(table))).toEqual([]);
});

it('the check finds a table that nobody owns', async () => {
  await app.database.execute('create table forgotten (customer_id uuid)');
  const owned = app.app
    .get(PersonalDataOwners)
    .all()
    .flatMap((owner) => owner.tables);
  expect((await tablesWithCustomers()).filter((table) => !owned.includes(table))).toContain('forgotten');
  await app.database.execute('drop table forgotten');
});
