import { type BuiltProgram, buildProgram } from '../support/built-program';
import { LONG, tell } from '../support/fault-form';
import { type FragilePostgres, startFragilePostgres } from '../support/fragile-postgres';
import { SendingFleet, until } from '../support/sending-fleet';

const MAILS = LONG ? 4_000 : 400;
const CRASHES = LONG ? 20 : 2;
/** Between two crashes all connections are ended once. */
const HARMS = 2 * CRASHES;

let program: BuiltProgram;
let postgres: FragilePostgres;
let fleet: SendingFleet;

beforeAll(async () => {
  program = buildProgram();
  postgres = await startFragilePostgres();
  fleet = await SendingFleet.start(program, postgres);
}, 300_000);
afterAll(async () => {
  await fleet?.stop();
  program.dispose();
});

describe('Postgres falls while mail goes out', () => {
  it(`${CRASHES} crashes, and all connections ended as often: nothing lost, nothing doubled`, async () => {
    await fleet.order(MAILS);
    for (let worker = 0; worker < (LONG ? 2 : 1); worker++) fleet.worker();
    let ended = 0;
    for (let harm = 1; harm <= HARMS; harm++) {
      await fleet.acceptedAtLeast(Math.floor((MAILS * harm) / (HARMS + 2)), 300_000);
      if (harm % 2 === 0) await postgres.crash();
      else
        await until(
          'a server to end connections of',
          async () => (ended += await postgres.terminateBackends()) > 0,
          60_000,
        );
    }
    await fleet.settled(MAILS, 300_000);
    const { sent = 0, uncertain = 0 } = await fleet.byStatus();
    const accepted = new Set(fleet.accepted());
    const rows = await fleet.app.database.query<{ recipient: string }>(
      `select recipient from messages where status = 'sent'`,
    );
    expect(fleet.doubled()).toEqual([]);
    expect(rows.filter((row) => !accepted.has(row.recipient))).toEqual([]);
    expect(sent + uncertain).toBe(MAILS);
    tell('Postgres crashed (immediate shutdown) and connections ended under load', {
      mails: MAILS,
      crashes: CRASHES,
      'connections ended': ended,
      lost: 0,
      doubled: 0,
      uncertain,
    });
  }, 1_200_000);
});
