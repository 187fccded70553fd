import { type BuiltProgram, buildProgram } from '../support/built-program';
import { LONG, tell } from '../support/fault-form';
import { exitOf, type Guard, SendingFleet, sleep } from '../support/sending-fleet';

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

/** One worker after the other is stopped under load; returns how many mails were left unsettled, and the longest stop. */
async function rollingStops(mails: number, shares: readonly number[], without?: Guard) {
  await fleet.order(mails);
  let [unsettled, longest] = [0, 0];
  for (const share of shares) {
    const worker = fleet.worker(without);
    await fleet.acceptedAtLeast(mails * share);
    const asked = Date.now();
    worker.kill('SIGTERM');
    // A drain that is cut off, before supervisors kill at 30 s, ends otherwise.
    expect(await exitOf(worker)).toBe(0);
    longest = Math.max(longest, Date.now() - asked);
    const { claimed = 0, sending = 0, uncertain = 0 } = await fleet.byStatus();
    unsettled += claimed + sending + uncertain;
  }
  fleet.worker();
  await fleet.settled(mails);
  return { unsettled, longest };
}

/** A worker is frozen until its leases are over and another has done its work, then it thaws. */
async function freeze(mails: number, without?: Guard): Promise<void> {
  await fleet.order(mails);
  const frozen = fleet.worker(without);
  await fleet.acceptedAtLeast(mails * 0.2);
  frozen.kill('SIGSTOP');
  const before = await fleet.byStatus();
  expect((before['claimed'] ?? 0) + (before['sending'] ?? 0)).toBeGreaterThan(0);
  const other = fleet.worker(without);
  if (LONG) await sleep(120_000);
  await fleet.settled(mails);
  const settled = await fleet.byStatus();
  other.kill('SIGTERM');
  await exitOf(other);
  frozen.kill('SIGCONT');
  await sleep(LONG ? 10_000 : 3_000);
  if (without === undefined) expect(await fleet.byStatus()).toEqual(settled);
  frozen.kill('SIGTERM');
  expect(await exitOf(frozen)).toBe(0);
}

describe('sending processes come and go', () => {
  it('stopped by SIGTERM under load they leave nothing uncertain and are gone before they are cut off', async () => {
    const mails = LONG ? 4_000 : 800;
    const stops = LONG ? 10 : 3;
    const { unsettled, longest } = await rollingStops(
      mails,
      Array.from({ length: stops }, (_, n) => (n + 1) / (stops + 2)),
    );
    expect(unsettled).toBe(0);
    expect(await fleet.byStatus()).toEqual({ sent: mails });
    expect([fleet.doubled(), new Set(fleet.accepted()).size]).toEqual([[], mails]);
    tell('rolling SIGTERM', { mails, stops, lost: 0, doubled: 0, uncertain: 0, 'longest stop (ms)': longest });
  }, 900_000);

  it('frozen beyond their lease they are replaced, and what they do when they thaw is refused', async () => {
    const mails = LONG ? 2_000 : 600;
    await freeze(mails);
    expect(fleet.doubled()).toEqual([]);
    const { uncertain = 0 } = await fleet.byStatus();
    expect(uncertain).toBeLessThanOrEqual(10);
    tell(`a worker frozen ${LONG ? 'for two minutes' : 'beyond its lease'}, then continued`, {
      mails,
      lost: 0,
      doubled: 0,
      uncertain,
      'stale writes that stood': 0,
    });
  }, 600_000);
});

(LONG ? describe : describe.skip)('with a guard off', () => {
  it('a stop that waits for nobody turns red', async () => {
    const { unsettled } = await rollingStops(800, [0.2, 0.4, 0.6], 'drain');
    expect(unsettled).toBeGreaterThan(0);
  }, 600_000);

  it('writes that are not asked for their token turn red: a frozen worker sends what another has sent', async () => {
    await freeze(600, 'token');
    expect(fleet.doubled().length).toBeGreaterThan(0);
  }, 600_000);

  it('without recovery what a dead worker held is lost', async () => {
    await fleet.order(400);
    const worker = fleet.worker('recovery');
    await fleet.acceptedAtLeast(80);
    worker.kill('SIGKILL');
    await exitOf(worker);
    fleet.worker('recovery');
    await expect(fleet.settled(400, 75_000)).rejects.toThrow('settled');
  }, 600_000);
});
