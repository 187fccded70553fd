import { ApiClient } from '../../../src/demo/api-client';
import { type SimulationResult } from '../../../src/enrollments/simulation/simulator';
import { ADMIN_KEY, startTestApp, type TestApp } from '../../support/app';
import { buildProgram } from '../../support/built-program';
import { compileChildProcesses } from '../../support/child-programs';
import { runs, ServiceProcess } from '../../support/service-process';
import { HELLO } from '../../support/simulation/campaigns';

const DAY = 86_400_000;
const FEBRUARY = { from: '2026-02-01', to: '2026-03-01' };
const mail = (key: string) => ({ kind: 'email', key, template: 'hello' });

const THANKS = {
  key: 'thanks',
  name: 'Thanks for the order',
  basis: 'soft_opt_in',
  trigger: { on: 'order' },
  entry: { limit: 'unlimited', key: 'order' },
  holdout: 0,
  steps: [{ kind: 'wait', for: 'P1D' }, mail('thanks')],
};

/** Thirty customers of an import; customer i orders i % 4 times in February, each time at noon of another day. */
const PEOPLE = Array.from({ length: 30 }, (_, i) => `c${String(i).padStart(2, '0')}`);
const ORDERS = PEOPLE.flatMap((id, i) =>
  Array.from({ length: i % 4 }, (_, n) => ({
    id,
    at: new Date(Date.parse('2026-02-02T11:00:00Z') + ((i * 7 + n * 9) % 24) * DAY),
  })),
);

interface Answer {
  id: string;
  status: string;
  progress: { done: number; total: number; share: number };
  result: { entered: number; customers: number; messages: { total: number } } | null;
  error: string | null;
}

describe('simulating a campaign over HTTP', () => {
  let service: TestApp;
  const simulate = (ref: string, body: object, query = '') =>
    service.request('post', `/api/v1/campaigns/${ref}/simulate${query}`).send(body);
  const job = async (id: string): Promise<Answer> =>
    (await service.request('get', `/api/v1/simulations/${id}`).expect(200)).body as Answer;

  beforeAll(async () => {
    compileChildProcesses();
    service = await startTestApp();
    const api = new ApiClient(service.url, ADMIN_KEY);
    const customers = PEOPLE.map((id) => `${id},${id}@shop.example,2025-06-01T10:00:00Z`);
    await api.importFile('customers', ['externalId,email,createdAt', ...customers].join('\n'));
    const orders = ORDERS.map(
      ({ id, at }, n) => `o${n},${id},${id}@shop.example,${at.toISOString()},EUR,9.90,P1,1,9.90`,
    );
    const head =
      'orderExternalId,customerExternalId,email,placedAt,currency,total,productExternalId,quantity,unitPrice';
    await api.importFile('orders', [head, ...orders].join('\n'));
    await api.post('/api/v1/templates', HELLO);
    await api.post('/api/v1/campaigns', THANKS);
  });
  afterAll(() => service.close());

  it('tells what a draft would have done with imported history', async () => {
    const { body } = await simulate('thanks', FEBRUARY).expect(200);
    expect(body).toMatchObject({
      campaign: 'thanks',
      version: 1,
      from: '2026-01-31T23:00:00.000Z',
      to: '2026-02-28T23:00:00.000Z',
      customers: PEOPLE.length,
      entered: ORDERS.length,
      heldOut: 0,
      refused: {},
      alongside: [],
      assumedEngagement: 0,
      messages: { total: ORDERS.length, perStep: [{ step: 'thanks', messages: ORDERS.length }] },
    });
    const perDay = new Map<string, number>();
    for (const { at } of ORDERS) {
      const date = new Date(at.getTime() + DAY).toISOString().slice(0, 10);
      perDay.set(date, (perDay.get(date) ?? 0) + 1);
    }
    const days = body.messages.perDay as Array<{ date: string; messages: number }>;
    expect(days).toHaveLength(28);
    expect(days.filter((day) => day.messages !== (perDay.get(day.date) ?? 0))).toEqual([]);
    expect(body.sample[0]).toMatchObject({
      trigger: 'order.counted',
      entry: { outcome: 'enrolled', arm: 'treatment' },
    });
    expect(body.sample[0].steps).toEqual([
      expect.objectContaining({ step: 'thanks', kind: 'email', outcome: 'queued' }),
    ]);
  });

  it('writes nothing of the business', async () => {
    const before = await contents(service);
    await simulate('thanks', FEBRUARY).expect(200);
    expect(await contents(service)).toEqual(before);
    expect(Object.keys(before).length).toBeGreaterThan(30);
  });

  it('holds two versions, and two campaigns, against each other', async () => {
    await service.request('post', '/api/v1/campaigns/thanks/activate').send({}).expect(200);
    const steps = [...THANKS.steps, { kind: 'wait', for: 'PT1H' }, mail('more')];
    await service
      .request('put', '/api/v1/campaigns/thanks')
      .send({ ...THANKS, entry: { limit: 'once' }, steps })
      .expect(200);
    const buyers = new Set(ORDERS.map(({ id }) => id)).size;
    const { body } = await simulate('thanks', { ...FEBRUARY, against: 1 }).expect(200);
    expect(body).toMatchObject({ version: 2, entered: buyers, refused: { entry_limit: ORDERS.length - buyers } });
    expect(body.against).toMatchObject({ campaign: 'thanks', version: 1, entered: ORDERS.length });
    expect(body.difference).toMatchObject({
      entered: buyers - ORDERS.length,
      messages: {
        total: 2 * buyers - ORDERS.length,
        perStep: [
          { step: 'thanks', messages: buyers - ORDERS.length },
          { step: 'more', messages: buyers },
        ],
      },
      refused: { entry_limit: ORDERS.length - buyers },
      customers: { same: 0, different: buyers, onlyHere: 0, onlyThere: 0 },
    });
    await service
      .request('post', '/api/v1/campaigns')
      .send({ ...THANKS, key: 'other', audience: { field: 'email', op: 'startsWith', value: 'c0' } })
      .expect(201);
    const other = await simulate('thanks', { ...FEBRUARY, version: 1, against: 'other' }).expect(200);
    const others = ORDERS.filter(({ id }) => id.startsWith('c0')).length;
    expect(other.body.difference).toMatchObject({ entered: ORDERS.length - others, customers: { onlyThere: 0 } });
  });

  it('lets the other active campaigns run along under the contact policy', async () => {
    await service.request('put', '/api/v1/settings/contact-policy').send({ maxMessages: 1, per: 'P7D' }).expect(200);
    const { body } = await simulate('other', { ...FEBRUARY }).expect(200);
    await service.request('put', '/api/v1/settings/contact-policy').send({}).expect(200);
    expect(body.alongside).toEqual(['thanks']);
    const { contactPolicy, campaigns } = (body as SimulationResult).collisions;
    const { deferred, skipped } = contactPolicy.frequency_cap ?? { deferred: 0, skipped: 0 };
    expect(deferred + skipped).toBeGreaterThan(0);
    expect(campaigns).toEqual([expect.objectContaining({ campaign: 'thanks' })]);
  });

  it('runs as a job that tells how far it is, or is cancelled', async () => {
    const { body, headers } = await simulate('thanks', FEBRUARY, '?async=1').expect(202);
    const started = body as Answer;
    expect(['waiting', 'running']).toContain(started.status);
    expect(headers.location).toBe(`/api/v1/simulations/${started.id}`);
    const cancelled = (await simulate('thanks', FEBRUARY, '?async=1').expect(202)).body as Answer;
    await service.request('delete', `/api/v1/simulations/${cancelled.id}`).expect(204);
    const done = await until(
      () => job(started.id),
      ({ status }) => status !== 'waiting' && status !== 'running',
    );
    expect(done).toMatchObject({
      status: 'completed',
      progress: { done: 30, total: 30, share: 1 },
      result: { customers: 30 },
    });
    expect(await job(cancelled.id)).toMatchObject({ status: 'cancelled', result: null });
    await service.request('delete', `/api/v1/simulations/${started.id}`).expect(204);
    expect((await job(started.id)).status).toBe('completed');
    await service.request('get', '/api/v1/simulations/00000000-0000-7000-8000-000000000000').expect(404);
  });

  it('is cancelled while it runs, and takes on no more than it can hold', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 11; i++)
      ids.push(((await simulate('thanks', FEBRUARY, '?async=1').expect(202)).body as Answer).id);
    await simulate('thanks', FEBRUARY, '?async=1').expect(429);
    await until(
      () => job(ids[0] ?? ''),
      ({ status }) => status !== 'waiting',
    );
    for (const id of ids) await service.request('delete', `/api/v1/simulations/${id}`).expect(204);
    for (const id of ids) expect((await job(id)).status).toBe('cancelled');
    await until(
      async () => (await simulate('thanks', FEBRUARY)).status,
      (status) => status === 200,
    );
  });

  it('is known to all processes: one cancels what another runs, and says what became of it when that is stopped', async () => {
    const program = buildProgram();
    const other = await ServiceProcess.start(program, service.databaseUrl);
    const simulateThere = (query: string): Promise<Response> =>
      fetch(`${other.url}/api/v1/campaigns/thanks/simulate${query}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify(FEBRUARY),
      });
    const startThere = async (): Promise<{ id: string; worker: number }> => {
      const { id } = (await (await simulateThere('?async=1')).json()) as Answer;
      await until(
        () => job(id),
        ({ status }) => status === 'running',
      );
      const [worker = 0] = await until(
        () => Promise.resolve(other.children()),
        (ids) => ids.length > 0,
      );
      return { id, worker };
    };
    const gone = (worker: number): Promise<boolean> =>
      until(
        () => Promise.resolve(!runs(worker)),
        (ended) => ended,
      );
    try {
      // As long as nobody can read customers no simulation comes to its end by itself.
      await service.database.transaction(async (tx) => {
        await tx.execute('lock table customers in access exclusive mode');
        const cancelled = await startThere();
        await service.request('delete', `/api/v1/simulations/${cancelled.id}`).expect(204);
        await gone(cancelled.worker);
        expect(await job(cancelled.id)).toMatchObject({ status: 'cancelled', result: null });

        const stopped = await startThere();
        const waiting = simulateThere('');
        await until(
          () => service.database.query(`select 1 from simulations where status = 'waiting'`),
          ({ length }) => length > 0,
        );
        expect(await other.end('SIGTERM')).toBe(0);
        await gone(stopped.worker);
        const answer = await waiting;
        expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
        expect(await answer.json()).toMatchObject({ status: 503, title: 'Not available right now' });
        expect(await job(stopped.id)).toMatchObject({
          status: 'failed',
          error: 'the service was stopped',
          result: null,
        });
      });
    } finally {
      await other.end('SIGKILL');
      program.dispose();
    }
  });

  it('has failed when the process that ran it has been silent for a minute', async () => {
    const silentFor = async (seconds: number): Promise<Answer> => {
      const [row] = await service.database.query<{ id: string }>(
        `insert into simulations (id, campaign_id, request, status, requested_at, seen_at)
         select gen_random_uuid(), id, '{}', 'running', clock_timestamp(), clock_timestamp() - make_interval(secs => $1)
         from campaigns where key = 'thanks' returning id`,
        [seconds],
      );
      return job(row?.id ?? '');
    };
    expect(await silentFor(40)).toMatchObject({ status: 'running', error: null });
    expect(await silentFor(61)).toMatchObject({ status: 'failed', error: 'the process that ran it has died' });
  });

  it.each([
    ['from after to', { from: '2026-03-01', to: '2026-02-01' }, 'to', /later than from/],
    ['an empty period', { from: '2026-03-01', to: '2026-03-01' }, 'to', /later than from/],
    ['more than two years', { from: '2024-01-01', to: '2026-02-01' }, 'to', /two years/],
    ['no instant', { from: 'yesterday', to: '2026-02-01' }, 'from', /instant/],
    ['a day that does not exist', { from: '2026-02-30', to: '2026-03-01' }, 'from', /instant/],
    ['a missing end', { from: '2026-02-01' }, 'to', /string/],
    ['a version that does not exist', { ...FEBRUARY, version: 9 }, 'version', /no version 9/],
    ['another that does not exist', { ...FEBRUARY, against: 7 }, 'against', /no version 7/],
    ['a campaign that does not exist', { ...FEBRUARY, against: 'nobody' }, 'against', /nobody does not exist/],
    ['half a version', { ...FEBRUARY, against: 1.5 }, 'against', /version/],
    ['an unknown field', { ...FEBRUARY, speed: 2 }, 'speed', /not a known field/],
  ])('refuses %s', async (_what, body, path, message) => {
    const answer = await simulate('thanks', body).expect(422);
    expect(answer.body.errors).toEqual(
      expect.arrayContaining([expect.objectContaining({ path, message: expect.stringMatching(message) })]),
    );
  });

  it('tells all faults at once, and knows no campaign that is not there', async () => {
    const answer = await simulate('thanks', { from: 'x', to: 'y', version: 9, against: 8 }).expect(422);
    const { errors } = answer.body as { errors: Array<{ path: string }> };
    expect(errors.map(({ path }) => path)).toEqual(['from', 'to', 'version', 'against']);
    await simulate('nobody', FEBRUARY).expect(404);
  });
});

/** A checksum of every table but the jobs of simulations. */
async function contents(service: TestApp): Promise<Record<string, string | null>> {
  // The audit log is among them; that lines of before are chained a moment later is not what a simulation does.
  const tables = await service.database.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE'
       and table_name not in ('simulations', 'audit_chain', 'audit_unchained') order by 1`,
  );
  const sums: Record<string, string | null> = {};
  for (const { name } of tables) {
    const [row] = await service.database.query<{ sum: string | null }>(
      `select md5(string_agg(t::text, ',' order by t::text)) as sum from ${name} t`,
    );
    sums[name] = row?.sum ?? null;
  }
  return sums;
}

async function until<T>(look: () => Promise<T>, met: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await look();
    if (met(seen)) return seen;
    await new Promise((done) => setTimeout(done, 50));
  }
}
