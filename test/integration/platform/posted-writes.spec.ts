import { createTestDatabase, type TestDatabase } from '../../support/database';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await db.database.execute('create table noted (id int primary key, word text)');
});
afterEach(() => db.database.execute('truncate noted'));
afterAll(() => db.close());

const note = (id: number, word: string) => ({ text: 'insert into noted values ($1, $2)', values: [id, word] });
const words = async (): Promise<string[]> =>
  (await db.database.query<{ word: string }>('select word from noted order by id')).map(({ word }) => word);

it('posted writes run in their order, before whatever follows in the transaction, and are committed with it', async () => {
  await db.database.transaction(async (tx) => {
    tx.post(note(1, 'one'));
    tx.post({ text: `update noted set word = word || ', changed' where id = 1` });
    tx.post(note(2, 'two'));
    expect(await tx.query('select word from noted order by id')).toEqual([{ word: 'one, changed' }, { word: 'two' }]);
    expect(await tx.execute('delete from noted where id = 2')).toBe(1);
    tx.post(note(3, 'three'));
  });
  expect(await words()).toEqual(['one, changed', 'three']);
});

it('a posted write that fails fails the statement after it with its own error, and nothing stays', async () => {
  const after = jest.fn();
  await expect(
    db.database.transaction(async (tx) => {
      tx.afterCommit(after);
      tx.post(note(1, 'one'));
      tx.post(note(1, 'again'));
      tx.post(note(2, 'two'));
      await tx.query('select 1');
      after();
    }),
  ).rejects.toMatchObject({ code: '23505' });
  expect(after).not.toHaveBeenCalled();
  expect(await words()).toEqual([]);
});

it('the last posted write can still fail the commit; a caller’s own failure takes back what was posted', async () => {
  await expect(
    db.database.transaction(async (tx) => {
      await tx.execute(note(1, 'one'));
      tx.post(note(1, 'again'));
    }),
  ).rejects.toMatchObject({ code: '23505' });
  await expect(
    db.database.transaction(async (tx) => {
      tx.post(note(1, 'one'));
      tx.post(note(2, 'two'));
      await Promise.reject(new Error('changed my mind'));
    }),
  ).rejects.toThrow('changed my mind');
  expect(await words()).toEqual([]);
});

it('a rehearsal takes posted writes back', async () => {
  await db.database.rehearse(async (tx) => {
    tx.post(note(1, 'one'));
    await Promise.resolve();
  });
  expect(await words()).toEqual([]);
});

it('a deadlock among posted writes is run again', async () => {
  await db.database.execute(`insert into noted values (1, 'a'), (2, 'b')`);
  const bump = (id: number) => ({ text: `update noted set word = word || '+' where id = $1`, values: [id] });
  await Promise.all(
    [
      [1, 2],
      [2, 1],
    ].map((order) =>
      db.database.transaction(async (tx) => {
        tx.post(bump(order[0] ?? 0));
        await tx.query('select pg_sleep(0.1)');
        tx.post(bump(order[1] ?? 0));
      }),
    ),
  );
  expect(await words()).toEqual(['a++', 'b++']);
});

it('posted writes go out at once: Postgres works them off while Node is busy', async () => {
  const busy = (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end;);
  };
  /** Whether both were written before Node had time to read an answer. */
  const bothWritten = () =>
    db.database.transaction(async (tx) => {
      await tx.query('delete from noted');
      for (const id of [1, 2]) {
        tx.post({
          text: 'insert into noted select $1::int, clock_timestamp()::text from pg_sleep(0.01)',
          values: [id],
        });
      }
      busy(400);
      const free = new Date();
      const [row] = await tx.query<{ early: boolean }>(
        'select max(word::timestamptz) < $1::timestamptz as early from noted',
        [free],
      );
      return row?.early;
    });
  // One turn is enough: a machine that has no time for Postgres in one has it in the next.
  let early = await bothWritten();
  for (let turn = 1; turn < 20 && !early; turn++) early = await bothWritten();
  expect(early).toBe(true);
});

it('a failure is told once: who hears it may go back to a savepoint and go on', async () => {
  await db.database.transaction(async (tx) => {
    await tx.execute(note(1, 'one'));
    await tx.execute('savepoint here');
    tx.post(note(1, 'again'));
    tx.post(note(2, 'two'));
    await expect(tx.execute('release savepoint here')).rejects.toMatchObject({ code: '23505' });
    await tx.execute('rollback to savepoint here');
    tx.post(note(3, 'three'));
  });
  expect(await words()).toEqual(['one', 'three']);
});

it('statements that are sent together are answered each with its own, prepared or not', async () => {
  const [one, two, three] = await db.database.transaction(async (tx) => {
    tx.post(note(1, 'one'));
    return Promise.all([
      tx.query({ text: 'select word from noted where id = $1', values: [1], name: 'test.word' }),
      tx.query('select count(*)::int as n from noted'),
      tx.query({ text: 'select word from noted where id = $1', values: [2], name: 'test.word' }),
    ]);
  });
  expect([one, two, three]).toEqual([[{ word: 'one' }], [{ n: 1 }], []]);
});
