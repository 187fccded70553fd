import { CustomerIngest } from '../../../src/customers/customer-ingest';
import { type CustomerOp } from '../../../src/customers/customers.types';
import { PersonalDataOwners } from '../../../src/customers/personal-data';
import { newId } from '../../../src/kernel/ids';
import { startTestApp, type TestApp } from '../../support/app';
import { givenTemplate } from '../../support/campaign-facts';

const NOW = new Date('2026-03-02T08:00:00Z');
const at = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);

interface Row {
  campaign_id: string;
  customer_id: string;
  status: string;
  exit_reason: string | null;
  excluded: string | null;
}

describe('the personal data of enrollments', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api' } });
    await givenTemplate(service.database, 't');
  });
  afterAll(() => service.close());

  const campaign = async (key: string): Promise<string> => {
    const body = {
      key,
      name: key,
      trigger: { on: 'manual' },
      entry: { limit: 'unlimited' },
      steps: [{ kind: 'email', key: 'a', template: 't' }],
    };
    const made = await service.request('post', '/api/v1/campaigns').send(body).expect(201);
    await service.request('post', `/api/v1/campaigns/${key}/activate`).expect(200);
    return (made.body as { id: string }).id;
  };
  const ingest = (identity: CustomerOp['identity'], minutes: number) =>
    service.database.transaction((tx) =>
      service.app.get(CustomerIngest).applyBatch(
        tx,
        [
          {
            kind: 'upsert',
            identity,
            patch: { email: identity.email ?? null },
            version: { at: at(minutes), eventId: `e${minutes}` },
            source: 'test',
          },
        ],
        at(minutes),
      ),
    );
  const enrollment = async (
    customerId: string,
    campaignId: string,
    minutes: number,
    arm: string,
    status = 'active',
  ): Promise<string> => {
    const id = newId(at(minutes));
    const open = status === 'active';
    await service.database.execute(
      `insert into enrollments (id, customer_id, campaign_id, version, epoch, arm, arm_reason, status, position, step,
         next_run_at, due_at, entered_at, ended_at)
       values ($1, $2, $3, 1, 1, $4, 'drawn', $5, 0, 'a', $6, $6, $7, $8)`,
      [id, customerId, campaignId, arm, status, open ? at(600) : null, at(minutes), open ? null : at(minutes)],
    );
    return id;
  };
  const rows = (): Promise<Row[]> =>
    service.database.query<Row>(
      'select campaign_id, customer_id, status, exit_reason, excluded from enrollments order by entered_at, id',
    );

  it('a merge keeps the earlier enrollment and takes who was in both arms out of the analysis', async () => {
    const [same, differing, alone] = [await campaign('same'), await campaign('differing'), await campaign('alone')];
    const [guest] = await ingest({ email: 'anna@example.com' }, 0);
    const [account] = await ingest({ externalId: 'anna', email: 'other@example.com' }, 1);
    const from = account?.customerId ?? '';
    const into = guest?.customerId ?? '';
    await enrollment(from, same, 2, 'treatment');
    await enrollment(into, same, 3, 'treatment');
    await enrollment(into, differing, 4, 'holdout', 'completed');
    await enrollment(from, differing, 5, 'treatment');
    await enrollment(from, alone, 6, 'treatment');
    await service.database.execute(
      `insert into contacts (customer_id, at, campaign_id, enrollment_id, step, state) values ($1, $2, $3, $4, 'a', 'used')`,
      [from, NOW, same, newId(NOW)],
    );
    const merged = await ingest({ externalId: 'anna', email: 'anna@example.com' }, 10);
    expect(merged[0]?.merged).toEqual([{ from, into }]);
    expect(await rows()).toEqual([
      { campaign_id: same, customer_id: into, status: 'active', exit_reason: null, excluded: null },
      { campaign_id: same, customer_id: into, status: 'exited', exit_reason: 'removed', excluded: null },
      { campaign_id: differing, customer_id: into, status: 'completed', exit_reason: null, excluded: 'merged' },
      { campaign_id: differing, customer_id: into, status: 'exited', exit_reason: 'removed', excluded: 'merged' },
      { campaign_id: alone, customer_id: into, status: 'active', exit_reason: null, excluded: null },
    ]);
    expect(await service.database.query('select customer_id from contacts')).toEqual([{ customer_id: into }]);
  });

  it('erasure ends what runs and keeps arms and times; the export shows all', async () => {
    const owner = service.app
      .get(PersonalDataOwners)
      .all()
      .find((one) => one.name === 'enrollments');
    const tables = ['enrollments', 'enrollment_refusals', 'enrollment_decisions', 'contacts', 'global_holdout_draws'];
    expect(owner?.tables).toEqual(tables);
    const [person] = await ingest({ externalId: 'bruno', email: 'bruno@example.com' }, 20);
    const customerId = person?.customerId ?? '';
    await enrollment(customerId, await campaign('erasing'), 21, 'holdout');
    const subject = { customerId, emails: ['bruno@example.com'], externalIds: ['bruno'] };
    expect(await owner?.export(service.database, subject)).toMatchObject({
      enrollments: [{ campaign: 'erasing', arm: 'holdout', status: 'active' }],
      refusals: [],
      contacts: [],
      globalHoldout: [],
    });
    await service.database.transaction(async (tx) => owner?.erase(tx, subject, at(30)));
    const after = await service.database.query(
      'select arm, status, exit_reason, entered_at, due_at from enrollments where customer_id = $1',
      [customerId],
    );
    expect(after).toEqual([
      { arm: 'holdout', status: 'exited', exit_reason: 'erased', entered_at: at(21), due_at: null },
    ]);
  });
});
