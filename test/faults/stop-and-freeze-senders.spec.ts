import { type BuiltProgram, buildProgram } from '../support/built-program';
import { exitOf, SendingFleet, sleep } from '../support/sending-fleet';

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

describe('sending processes come and go', () => {
  it('stopped by SIGTERM under load they leave nothing uncertain and are gone within 30 s', async () => {
    const mails = 800;
    await fleet.order(mails);
    for (const share of [0.2, 0.4, 0.6]) {
      const worker = fleet.worker();
      await fleet.acceptedAtLeast(mails * share);
      const asked = Date.now();
      worker.kill('SIGTERM');
      expect(await exitOf(worker)).toBe(0);
      expect(Date.now() - asked).toBeLessThan(30_000);
      const { claimed = 0, sending = 0, uncertain = 0 } = await fleet.byStatus();
      expect({ claimed, sending, uncertain }).toEqual({ claimed: 0, sending: 0, uncertain: 0 });
    }
    fleet.worker();
    await fleet.settled(mails);
    expect(await fleet.byStatus()).toEqual({ sent: mails });
    expect([fleet.doubled(), new Set(fleet.accepted()).size]).toEqual([[], mails]);
  }, 300_000);

  it('frozen beyond their lease they are replaced, and what they do when they thaw is refused', async () => {
    const mails = 600;
    await fleet.order(mails);
    const frozen = fleet.worker();
    await fleet.acceptedAtLeast(mails * 0.2);
    frozen.kill('SIGSTOP');
    const before = await fleet.byStatus();
    expect((before['claimed'] ?? 0) + (before['sending'] ?? 0)).toBeGreaterThan(0);
    const other = fleet.worker();
    await fleet.settled(mails);
    const settled = await fleet.byStatus();
    other.kill('SIGTERM');
    await exitOf(other);
    frozen.kill('SIGCONT');
    await sleep(3_000);
    expect(await fleet.byStatus()).toEqual(settled);
    expect(fleet.doubled()).toEqual([]);
    expect(settled['uncertain'] ?? 0).toBeLessThanOrEqual(10);
    frozen.kill('SIGTERM');
    expect(await exitOf(frozen)).toBe(0);
  }, 300_000);
});
