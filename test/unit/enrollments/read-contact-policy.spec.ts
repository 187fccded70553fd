import { policyOf, readContactPolicy } from '../../../src/enrollments/domain/read-contact-policy';

const faultsOf = (body: unknown): string[] =>
  readContactPolicy(body).faults.map(({ path, message }) => `${path}: ${message}`);
const pathsOf = (body: unknown): string[] => readContactPolicy(body).faults.map(({ path }) => path);

describe('a contact policy', () => {
  it('is read as it stands', () => {
    const body = {
      maxMessages: 2,
      per: 'P7D',
      quietHours: { from: '21:00', to: '08:00', timezone: 'customer' },
      blackout: ['2026-12-26', '2026-12-25'],
      holdMarketingWhen: { field: 'tags', op: 'contains', value: 'complaint' },
    };
    const { setting, faults } = readContactPolicy(body);
    expect(faults).toEqual([]);
    expect(setting).toEqual({ ...body, blackout: ['2026-12-25', '2026-12-26'] });
    expect(policyOf(setting)).toMatchObject({ maxMessages: 2, per: { days: 7, weeks: 0 } });
  });

  it('of nothing is none, as nulls are', () => {
    const none = { maxMessages: null, per: null, quietHours: null, blackout: [] };
    expect(readContactPolicy({})).toEqual({ setting: none, faults: [] });
    expect(readContactPolicy({ ...none, blackout: null, holdMarketingWhen: null })).toEqual({
      setting: none,
      faults: [],
    });
  });

  it('tells every fault with its path', () => {
    expect(
      pathsOf({
        maxMessages: 0,
        per: 'P2Y',
        quietHours: { from: '9:00', to: '24:00', timezone: 'Mars/Olympus', until: 1 },
        blackout: ['2026-02-30', '2026-12-25', '2026-12-25', 5],
        holdMarketingWhen: 'always',
        weekly: 3,
      }).sort(),
    ).toEqual([
      'blackout[0]',
      'blackout[2]',
      'blackout[3]',
      'holdMarketingWhen',
      'maxMessages',
      'per',
      'quietHours.from',
      'quietHours.timezone',
      'quietHours.to',
      'quietHours.until',
      'weekly',
    ]);
  });

  it.each([
    ['maxMessages', { per: 'P7D' }],
    ['per', { maxMessages: 2 }],
  ])('wants %s with the other', (path, body) => {
    expect(faultsOf(body)).toEqual([expect.stringMatching(`^${path}: is missing: it stands together`)]);
  });

  it.each([
    [{ maxMessages: 2.5, per: 'P7D' }, 'maxMessages'],
    [{ maxMessages: '2', per: 'P7D' }, 'maxMessages'],
    [{ maxMessages: 2, per: 7 }, 'per'],
    [{ maxMessages: 2, per: 'P0D' }, 'per'],
    [{ quietHours: { from: '21:00', to: '21:00', timezone: 'customer' } }, 'quietHours.to'],
    [{ quietHours: { from: '21:00', to: '08:00' } }, 'quietHours.timezone'],
    [{ quietHours: 'night' }, 'quietHours'],
    [{ blackout: '2026-12-25' }, 'blackout'],
    [[], ''],
    [null, ''],
  ])('refuses %j', (body, path) => {
    expect(pathsOf(body)).toEqual([path]);
  });
});
