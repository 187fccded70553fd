import fc from 'fast-check';
import { GrowingList } from '../../../src/reports/histories/domain/growing-list';

it('sums up the greatest as if they were sorted', () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 120 });
  fc.assert(
    fc.property(numbers, fc.constantFrom(0, 0.2, 0.5, 1), (list, share) => {
      const growing = new GrowingList();
      for (const number of list) growing.push(number);
      const greatest = [...list].sort((a, b) => b - a).slice(0, Math.ceil(share * list.length));
      expect(growing.sumOfGreatest(share)).toBe(greatest.reduce((sum, number) => sum + number, 0));
    }),
  );
});
