import { partFirstWords, type Statement } from '../../../src/customers/domain/first-words';

const at = new Date('2026-03-01T10:00:00Z');
const later = new Date('2026-03-01T11:00:00Z');
const statement = (customerId: string, field: string, value: unknown, eventId = 'e1', when = at): Statement => ({
  customerId,
  field,
  value,
  eventId,
  at: when,
});

it('keeps together what the first event said of a new customer, and the last time where it said something twice', () => {
  const { first, others } = partFirstWords(
    [
      statement('new', 'createdAt', at),
      statement('new', 'attributes.__proto__', 1),
      statement('known', 'email', 'k@example.com'),
      statement('new', 'createdAt', later),
      statement('new', 'email', undefined),
      statement('new', 'email', 'n@example.com', 'e2', later),
      statement('new', 'locale', 'it', 'e2'),
      statement('new', 'locale', 'en', 'e1', later),
    ],
    (id) => id === 'new',
  );
  expect(first).toEqual([
    {
      customerId: 'new',
      at,
      eventId: 'e1',
      said: { createdAt: later, 'attributes.__proto__': 1, email: null },
    },
  ]);
  expect(others.map(({ customerId, field, value }) => [customerId, field, value])).toEqual([
    ['known', 'email', 'k@example.com'],
    ['new', 'email', 'n@example.com'],
    ['new', 'locale', 'it'],
    ['new', 'locale', 'en'],
  ]);
});
