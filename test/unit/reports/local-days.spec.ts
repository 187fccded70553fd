import fc from 'fast-check';
import { dayNumber, localDate } from '../../../src/kernel/local-time';
import { LocalDays } from '../../../src/reports/histories/domain/local-days';

it.each(['Europe/Rome', 'Pacific/Apia', 'America/St_Johns', 'Asia/Kathmandu', 'Etc/GMT+12', 'Africa/Cairo'])(
  'the number of a day in %s is that of its date',
  (zone) => {
    const days = new LocalDays(zone);
    const instant = fc.date({ min: new Date('1985-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
    fc.assert(fc.property(instant, (at) => expect(days.of(at.getTime())).toBe(dayNumber(localDate(at, zone)))));
    // Around the day that Samoa left out.
    for (let hour = 0; hour < 96; hour++) {
      const at = new Date(Date.UTC(2011, 11, 28) + hour * 3_600_000);
      expect(days.of(at.getTime())).toBe(dayNumber(localDate(at, zone)));
    }
  },
);
