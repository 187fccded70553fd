import { type ChildProcess } from 'node:child_process';
import { type BuiltProgram, buildProgram } from '../support/built-program';
import { LONG, tell } from '../support/fault-form';
import { exitOf, type Guard, SendingFleet, until } from '../support/sending-fleet';

const CONNECTIONS = 10;

/** A sending process is killed so often, evenly over the mails, each time while mails are on the wire. */
interface Ordeal {
  mails: number;
  kills: number;
  /** Processes that send at the same time; the longest-serving one is killed. */
  workers: number;
  /** With this guard off. */
  without?: Guard;
}

/** As it is meant to be, and with what was past the gate simply sent again. */
const GUARDED: Ordeal = LONG ? { mails: 10_000, kills: 50, workers: 2 } : { mails: 1_200, kills: 6, workers: 1 };
const FORGETFUL: Ordeal = { mails: 400, kills: 3, workers: 1, without: 'uncertain' };

let program: BuiltProgram;
let guarded: SendingFleet;
let forgetful: SendingFleet;

// Both at once, each with its own database and server: most of the time passes in waiting for leases of the dead.
beforeAll(async () => {
  program = buildProgram();
  [guarded, forgetful] = await Promise.all([SendingFleet.start(program), SendingFleet.start(program)]);
  await Promise.all([undergo(guarded, GUARDED), undergo(forgetful, FORGETFUL)]);
}, 3_000_000);
afterAll(async () => {
  await Promise.all([guarded?.stop(), forgetful?.stop()]);
  program.dispose();
});

async function undergo(fleet: SendingFleet, { mails, kills, workers, without }: Ordeal): Promise<void> {
  await fleet.order(mails);
  const serving: ChildProcess[] = Array.from({ length: workers }, () => fleet.worker(without));
  for (let kill = 1; kill <= kills; kill++) {
    await fleet.acceptedAtLeast(Math.floor((mails * kill) / (kills + 2)), 600_000);
    // Nobody is killed who does nothing: its process holds mails at that moment.
    if (workers > 1)
      await until('mails on the wire', async () => ((await fleet.byStatus())['sending'] ?? 0) > 0, 600_000, 5);
    const [oldest] = serving.splice(0, 1);
    oldest?.kill('SIGKILL');
    if (oldest) await exitOf(oldest);
    serving.push(fleet.worker(without));
  }
  await fleet.settled(mails, 900_000);
}

describe('the sending process is killed (kill -9) again and again', () => {
  const { mails, kills, workers } = GUARDED;

  it(`${mails} mails, ${kills} kills: none lost, none doubled, at most one uncertain a connection and kill, each listed`, async () => {
    const accepted = new Set(guarded.accepted());
    const rows = await guarded.app.database.query<{ recipient: string; status: string }>(
      'select recipient, status from messages',
    );
    expect(guarded.doubled()).toEqual([]);
    expect(rows.filter((row) => row.status === 'sent' && !accepted.has(row.recipient))).toEqual([]);
    const uncertain = rows.filter((row) => row.status === 'uncertain');
    const sent = rows.filter((row) => row.status === 'sent').length;
    expect(sent + uncertain.length).toBe(mails);
    expect(uncertain.length).toBeLessThanOrEqual(CONNECTIONS * kills);
    let listed = 0;
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { body: unknown } = await guarded.app
        .request('get', `/api/v1/messages?status=uncertain&limit=500${cursor && `&cursor=${cursor}`}`)
        .expect(200);
      const { items, nextCursor } = page.body as { items: unknown[]; nextCursor: string | null };
      listed += items.length;
      cursor = nextCursor;
    }
    expect(listed).toBe(uncertain.length);
    const arrived = uncertain.filter((row) => accepted.has(row.recipient)).length;
    tell('kill -9', {
      mails,
      workers,
      connections: CONNECTIONS,
      kills,
      lost: 0,
      doubled: 0,
      uncertain: uncertain.length,
      'of them taken by the server': arrived,
      'allowed at most': CONNECTIONS * kills,
    });
  });

  it('turns red when what was past the gate is simply sent again', () => {
    expect(forgetful.doubled().length).toBeGreaterThan(0);
  });
});
