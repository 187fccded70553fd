import { decideMemberships, type Judged, type MembershipReason } from '../../../src/segments/domain/decide-memberships';

const AT = new Date('2026-03-02T08:00:00Z');
const LOOK = new Date('2026-04-01T08:00:00Z');
const judged = (change: Partial<Judged>): Judged => ({
  customerId: 'ann',
  holds: true,
  member: false,
  lookAt: null,
  nextLookAt: null,
  ...change,
});
const reason =
  (change: Partial<MembershipReason> = {}) =>
  (): MembershipReason => ({
    cause: 'order',
    starts: true,
    reference: 'o1',
    at: AT,
    ...change,
  });

describe('what is written about memberships', () => {
  it('is nothing where nothing is different', () => {
    const same = [judged({ member: true, lookAt: LOOK, nextLookAt: new Date(LOOK) }), judged({ holds: false })];
    expect(decideMemberships(same, reason())).toEqual({ changes: [], looks: [], news: [] });
  });

  it('is the change with its cause, and when to look again', () => {
    expect(decideMemberships([judged({ nextLookAt: LOOK })], reason())).toEqual({
      changes: [{ customerId: 'ann', at: AT, entered: true, cause: 'order' }],
      looks: [{ customerId: 'ann', at: LOOK }],
      news: [{ customerId: 'ann', entered: true, reason: reason()() }],
    });
    const left = decideMemberships([judged({ holds: false, member: true, lookAt: LOOK })], reason({ cause: 'time' }));
    expect(left.changes).toEqual([{ customerId: 'ann', at: AT, entered: false, cause: 'time' }]);
    expect(left.looks).toEqual([{ customerId: 'ann', at: null }]);
    expect(left.news).toHaveLength(1);
  });

  it.each(['import', 'merge', 'fill'] as const)('tells campaigns nothing that came by %s', (cause) => {
    const decided = decideMemberships([judged({})], reason({ cause }));
    expect(decided.changes).toHaveLength(1);
    expect(decided.news).toEqual([]);
  });

  it('tells nothing that follows from a fact which is too old to start anything', () => {
    expect(decideMemberships([judged({})], reason({ cause: 'event', starts: false })).news).toEqual([]);
  });
});
