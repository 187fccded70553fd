import { randomUUID } from 'node:crypto';
import { runVerifyArms } from '../../../src/cli/verify-arms';
import { firstDrawNotBelow } from '../../../src/enrollments/holdout-draw-sql';
import { holdoutDraw, splitDraw } from '../../../src/kernel/hash';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';

const AT = '2026-03-02T08:00:00.000Z';
const ARMS = [
  { name: 'a', upTo: 0.3, to: 1 },
  { name: 'b', upTo: 1, to: 1 },
];

let db: TestDatabase;
let people: Array<{ customer: string; enrollment: string; arm: 'treatment' | 'holdout' }>;

/** Forty people with the arms that their salts give: of a campaign, of a split in it, of a period of the global holdout. */
beforeAll(async () => {
  db = await createTestDatabase();
  const facts = new MeasuredFacts(db.database);
  const campaign = await facts.campaign('one', { holdout: 0.4, basis: 'consent' });
  await db.database.execute(
    `update campaign_versions set program = jsonb_build_object('instructions', jsonb_build_array(
       jsonb_build_object('op', 'split', 'path', 'steps[0]', 'key', 'subject', 'arms', $1::jsonb)))`,
    [JSON.stringify(ARMS)],
  );
  const period = randomUUID();
  await db.database.execute(
    `insert into global_holdout_periods (id, number, salt, share, drawn_below, started_at) values ($1, 1, 'g', 0.2, $2, $3)`,
    [period, firstDrawNotBelow(0.2), new Date('2026-02-01T00:00:00Z')],
  );
  people = [];
  for (let i = 0; i < 40; i++) {
    const customer = await facts.customer();
    const globally = holdoutDraw('g', customer) < 0.2;
    await db.database.execute(
      `insert into global_holdout_draws (period_id, customer_id, arm, drawn_at) values ($1, $2, $3, $4)`,
      [period, customer, globally ? 'holdout' : 'treatment', new Date(AT)],
    );
    if (globally) continue;
    const arm = holdoutDraw('salt', customer) < 0.4 ? ('holdout' as const) : ('treatment' as const);
    const enrollment = await facts.enrollment({ customer, campaign, arm, enteredAt: AT });
    await db.database.execute(
      `insert into enrollment_decisions (enrollment_id, customer_id, campaign_id, at, step, kind, outcome, values)
       values ($1, $2, $3, $4, 'steps[0]', 'split', $5, '{"key":"subject"}')`,
      [enrollment, customer, campaign, new Date(AT), splitDraw('salt', 'subject', customer) < 0.3 ? 'a' : 'b'],
    );
    people.push({ customer, enrollment, arm });
  }
});
afterAll(() => db.close());

interface Answer {
  ok: boolean;
  checked: { holdout: number; imported: number; split: number; globalHoldout: number };
  deviations: number;
  named: Array<{ what: string; id: string; of: string; detail: string }>;
}

async function verify(): Promise<Answer & { code: number }> {
  let text = '';
  const code = await runVerifyArms({ command: 'verify-arms', database: db.url, json: true }, (more) => (text += more));
  return { code, ...(JSON.parse(text) as Answer) };
}

/** What is found after a change that is taken back. */
async function after(change: string, back: string, values: unknown[]): Promise<Answer & { code: number }> {
  await db.database.execute(change, values);
  try {
    return await verify();
  } finally {
    await db.database.execute(back, values);
  }
}

describe('ritorno verify-arms', () => {
  it('finds every stored arm to be what its salt gives', async () => {
    const found = await verify();
    expect(found).toEqual({
      code: 0,
      ok: true,
      checked: { holdout: people.length, imported: 0, split: people.length, globalHoldout: 40 },
      deviations: 0,
      named: [],
    });
    expect(new Set(people.map(({ arm }) => arm)).size).toBe(2);
  });

  const swap = `case when arm = 'treatment' then 'holdout' else 'treatment' end`;

  it('names a planted arm of a campaign, and ends with 1', async () => {
    const [{ enrollment, arm }] = people as [(typeof people)[number]];
    const turn = `update enrollments set arm = ${swap} where id = $1`;
    const found = await after(turn, turn, [enrollment]);
    expect(found).toMatchObject({ code: 1, ok: false, deviations: 1 });
    expect(found.named).toMatchObject([{ what: 'holdout', id: enrollment, of: 'one' }]);
    expect(found.named[0]?.detail).toContain(`of 0.4 is ${arm}`);
    let said = '';
    await db.database.execute(turn, [enrollment]);
    expect(
      await runVerifyArms({ command: 'verify-arms', database: db.url, json: false }, (text) => (said += text)),
    ).toBe(1);
    expect(said).toContain(`holdout: ${enrollment} (one): `);
    expect(said).toContain('1 are not what their salts give.');
    await db.database.execute(turn, [enrollment]);
  });

  it('names a planted arm of a split, of the global holdout, and who entered in spite of it', async () => {
    const [{ enrollment, customer }] = people as [(typeof people)[number]];
    const turnSplit = `update enrollment_decisions set outcome = case outcome when 'a' then 'b' else 'a' end where enrollment_id = $1`;
    expect((await after(turnSplit, turnSplit, [enrollment])).named).toMatchObject([{ what: 'split', id: enrollment }]);
    const turnDraw = `update global_holdout_draws set arm = ${swap} where customer_id = $1`;
    expect((await after(turnDraw, turnDraw, [customer])).named).toMatchObject([
      { what: 'global_holdout', id: customer },
    ]);
    // With another share they belong to it, and entered all the same.
    const wider = await after(
      `update global_holdout_periods set share = 0.9 where $1::uuid is not null`,
      `update global_holdout_periods set share = 0.2 where $1::uuid is not null`,
      [customer],
    );
    expect(wider.named).toContainEqual(
      expect.objectContaining({ what: 'holdout', detail: expect.stringContaining('period 1') }),
    );
    expect(wider.named).toContainEqual(expect.objectContaining({ what: 'global_holdout', of: 'period 1' }));
  });

  it('takes an arm that a merged record drew for drawn, and leaves imported ones alone', async () => {
    const [one] = people as [(typeof people)[number]];
    const drewOther = Array.from({ length: 50 }, () => randomUUID()).find(
      (id) => holdoutDraw('salt', id) < 0.4 !== (one.arm === 'holdout'),
    );
    const turn = `update enrollments set arm = ${swap} where id = $1`;
    await db.database.execute(turn, [one.enrollment]);
    await db.database.execute('insert into customer_merges (from_id, into_id, at) values ($1, $2, $3)', [
      drewOther,
      one.customer,
      new Date(AT),
    ]);
    expect((await verify()).named).toEqual([]);
    await db.database.execute('delete from customer_merges');
    await db.database.execute(`update enrollments set arm_reason = 'imported' where id = $1`, [one.enrollment]);
    expect(await verify()).toMatchObject({ deviations: 0, checked: { imported: 1 } });
  });
});
