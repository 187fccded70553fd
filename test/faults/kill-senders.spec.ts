import { type BuiltProgram, buildProgram } from '../support/built-program';
import { exitOf, SendingFleet } from '../support/sending-fleet';

const CONNECTIONS = 10;

/** A sending process is killed so often, evenly over the mails, each time while mails are on the wire. */
interface Ordeal {
  mails: number;
  kills: number;
  /** A worker with a guard off. */
  wrapper?: string;
}

/** As it is meant to be, and with what was past the gate simply sent again. */
const GUARDED: Ordeal = { mails: 2_000, kills: 10 };
const FORGETFUL: Ordeal = { mails: 400, kills: 3, wrapper: 'forgetful-sender.cjs' };

let program: BuiltProgram;
let guarded: SendingFleet;
let forgetful: SendingFleet;

// Both at once, each with its own database and server: most of the time passes in waiting for leases of the dead.
beforeAll(async () => {
  program = buildProgram();
  [guarded, forgetful] = await Promise.all([SendingFleet.start(program), SendingFleet.start(program)]);
  await Promise.all([undergo(guarded, GUARDED), undergo(forgetful, FORGETFUL)]);
}, 400_000);
afterAll(async () => {
  await Promise.all([guarded.stop(), forgetful.stop()]);
  program.dispose();
});

async function undergo(fleet: SendingFleet, { mails, kills, wrapper }: Ordeal): Promise<void> {
  await fleet.order(mails);
  for (let kill = 1; kill <= kills; kill++) {
    const worker = fleet.worker(wrapper);
    await fleet.acceptedAtLeast(Math.floor((mails * kill) / (kills + 2)));
    worker.kill('SIGKILL');
    await exitOf(worker);
  }
  fleet.worker(wrapper);
  await fleet.settled(mails);
}

describe('the sending process is killed (kill -9) again and again', () => {
  it('2,000 mails, 10 kills: none lost, none doubled, at most one uncertain a connection and kill, each listed', async () => {
    const { mails, kills } = GUARDED;
    const accepted = new Set(guarded.accepted());
    const rows = await guarded.app.database.query<{ recipient: string; status: string }>(
      'select recipient, status from messages',
    );
    expect(guarded.doubled()).toEqual([]);
    expect(rows.filter((row) => row.status === 'sent' && !accepted.has(row.recipient))).toEqual([]);
    const uncertain = rows.filter((row) => row.status === 'uncertain');
    expect(rows.filter((row) => row.status === 'sent').length + uncertain.length).toBe(mails);
    expect(uncertain.length).toBeLessThanOrEqual(CONNECTIONS * kills);
    const listed = await guarded.app.request('get', '/api/v1/messages?status=uncertain&limit=500').expect(200);
    expect((listed.body as { items: unknown[] }).items).toHaveLength(uncertain.length);
  });

  it('turns red when what was past the gate is simply sent again', () => {
    expect(forgetful.doubled().length).toBeGreaterThan(0);
  });
});
