import { CampaignStory } from '../../support/campaign-story';

const ZONES = [
  'Europe/Rome',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Asia/Kathmandu',
  'Asia/Tehran',
];
const MAILS = 11;

/**
 * A mail every night at half past two, where the customer is, from 20 to 30 March 2026: Casablanca's clock goes forward
 * on the 22nd, Rome's on the 29th (both from two to three), London's on the 29th from one to two.
 */
describe('a daily mail in twelve zones, over changes of the clock', () => {
  let story: CampaignStory;
  beforeAll(async () => {
    story = await CampaignStory.open('2026-03-19T08:00:00.000Z');
    await story.template('night');
  });
  afterAll(() => story.close());

  it('comes once every night, at the local time that the rule says', async () => {
    const steps = Array.from({ length: MAILS }, (_, i) => [
      { kind: 'wait', for: 'PT6H', at: '02:30' },
      { kind: 'email', key: `night-${i}`, template: 'night' },
    ]).flat();
    const trigger = { on: 'event', event: 'customer.created' };
    await story.campaign({ key: 'nightly', name: 'Nightly', trigger, steps } as { key: string });
    for (const timezone of ZONES) await story.customer(timezone.toLowerCase().replace(/\W/g, '-'), { timezone });
    await story.until('P13D');
    expect(story.sink.mails).toHaveLength(ZONES.length * MAILS);
    const inTheGap: Record<string, string> = { 'Africa/Casablanca': '2026-03-22', 'Europe/Rome': '2026-03-29' };
    for (const zone of ZONES) {
      const who = zone.toLowerCase().replace(/\W/g, '-');
      const mine = (await story.mails('nightly', zone)).filter((mail) => mail.who === who);
      // Their first night begins after 08:00 UTC of the 19th, plus six hours.
      const nights = mine.map(({ due }) => due.slice(0, 10));
      expect(new Set(nights).size).toBe(MAILS);
      expect(Date.parse(nights.at(-1) ?? '') - Date.parse(nights[0] ?? '')).toBe((MAILS - 1) * 86_400_000);
      for (const { came, due, step } of mine) {
        const time = due.startsWith(inTheGap[zone] ?? 'never') ? '03:00' : '02:30';
        expect([zone, step, came, due.slice(11)]).toEqual([zone, step, 'sent', time]);
      }
    }
  });
});
