import { changeTags } from '../../../src/customers/domain/change-tags';
import { versionKey } from '../../../src/kernel/versioned';

const AT = new Date('2026-03-02T08:00:00Z');
const change = (add: string[], remove: string[] = [], customerId = 'c', source = 'step:1') => ({
  customerId,
  add,
  remove,
  source,
});

describe('changes of tags', () => {
  it('come in their order, each tag once', () => {
    const present = [{ id: 'c', tags: ['a', 'b'], version: null }];
    const [done] = changeTags(present, [change(['c', 'a'], ['b']), change(['d'], ['c'], 'c', 'step:2')], AT);
    expect(done).toEqual({
      customerId: 'c',
      tags: ['a', 'd'],
      version: versionKey({ at: AT, eventId: 'step:2' }),
      since: AT,
      source: 'step:2',
    });
  });
  it('that change nothing, or somebody else, are none', () => {
    const present = [{ id: 'c', tags: ['a'], version: null }];
    expect(changeTags(present, [change(['a'], ['z']), change(['x'], [], 'other')], AT)).toEqual([]);
    expect(changeTags(present, [change(['x']), change([], ['x'])], AT)).toEqual([]);
  });
  it('a list that an event ahead of the clock has set keeps that version', () => {
    const ahead = new Date('2026-03-02T08:05:00Z');
    const version = versionKey({ at: ahead, eventId: 'source:1' });
    const [done] = changeTags([{ id: 'c', tags: ['a'], version }], [change(['b'])], AT);
    expect(done).toMatchObject({ tags: ['a', 'b'], version, since: ahead });
  });
});
