import { type BuiltProgram, buildProgram } from '../support/built-program';
import { exitOf, SendingFleet } from '../support/sending-fleet';

const CONNECTIONS = 10;

let program: BuiltProgram;
let fleet: SendingFleet;

beforeAll(() => {
  program = buildProgram();
});
afterAll(() => program.dispose());
beforeEach(async () => {
  fleet = await SendingFleet.start(program);
});
afterEach(() => fleet.stop());

/** Kills the one sending process so often, evenly over the mails, each time while mails are on the wire. */
async function sendUnderKills(mails: number, kills: number, wrapper?: string): Promise<void> {
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
    const [mails, kills] = [2_000, 10];
    await sendUnderKills(mails, kills);
    const accepted = new Set(fleet.accepted());
    const rows = await fleet.app.database.query<{ recipient: string; status: string }>(
      'select recipient, status from messages',
    );
    expect(fleet.doubled()).toEqual([]);
    expect(rows.filter((row) => row.status === 'sent' && !accepted.has(row.recipient))).toEqual([]);
    const uncertain = rows.filter((row) => row.status === 'uncertain');
    expect(rows.filter((row) => row.status === 'sent').length + uncertain.length).toBe(mails);
    expect(uncertain.length).toBeLessThanOrEqual(CONNECTIONS * kills);
    const listed = await fleet.app.request('get', '/api/v1/messages?status=uncertain&limit=500').expect(200);
    expect((listed.body as { items: unknown[] }).items).toHaveLength(uncertain.length);
  }, 400_000);

  it('turns red when what was past the gate is simply sent again', async () => {
    await sendUnderKills(400, 3, 'forgetful-sender.cjs');
    expect(fleet.doubled().length).toBeGreaterThan(0);
  }, 300_000);
});
