import { type CampaignDefinition } from '../../../src/campaigns/campaign.types';
import { namesSegment } from '../../../src/campaigns/domain/names-segment';
import { planChange } from '../../../src/campaigns/domain/plan-change';
import { providedVariables } from '../../../src/campaigns/domain/provided-variables';
import { readDefinition } from '../../../src/campaigns/domain/read-definition';

const define = (change: object = {}): CampaignDefinition =>
  readDefinition({
    key: 'c',
    name: 'C',
    trigger: { on: 'manual' },
    measure: { window: 'P14D' },
    holdout: 0.1,
    steps: [{ kind: 'email', key: 'a', template: 't' }],
    ...change,
  }).definition;
const live = { status: 'active' as const, version: 3, epoch: 2, definition: define() };

describe('another definition', () => {
  it('writes over a draft', () => {
    const draft = { ...live, status: 'draft' as const, version: 1, epoch: 1 };
    expect(planChange(draft, define({ holdout: 0.5, measure: undefined }))).toEqual({
      kind: 'overwrite',
      version: 1,
      epoch: 1,
    });
  });
  it('makes a new version of a live campaign', () => {
    expect(planChange(live, define({ name: 'D' }))).toEqual({ kind: 'publish', version: 4, epoch: 2 });
  });
  it('opens an epoch when the share held out changes', () => {
    expect(planChange(live, define({ holdout: 0.2 }))).toEqual({ kind: 'publish', version: 4, epoch: 3 });
  });
  it('may not change what was fixed at activation', () => {
    expect(planChange(live, define({ measure: { window: 'P30D' }, holdoutGroup: 'x' }))).toMatchObject({
      kind: 'refused',
      faults: [{ path: 'measure' }, { path: 'holdoutGroup' }],
    });
  });
  it('that is the same changes nothing, whatever the order of its fields', () => {
    const shuffled = Object.fromEntries(Object.entries(define()).reverse()) as unknown as CampaignDefinition;
    expect(planChange({ ...live, definition: shuffled }, define())).toEqual({ kind: 'unchanged' });
  });
});

describe('what a definition refers to', () => {
  it('finds segments in triggers and in conditions at any depth', () => {
    const definition = define({
      audience: { all: [{ not: { segment: 'vip' } }, { field: 'locale', op: 'eq', value: 'it' }] },
    });
    expect(namesSegment(definition, ['some-id', 'vip'])).toBe(true);
    expect(namesSegment(definition, ['lapsed'])).toBe(false);
    expect(namesSegment(define({ trigger: { on: 'segment', segment: 'lapsed' } }), ['lapsed'])).toBe(true);
  });
  it('knows which variables trigger and step provide', () => {
    const step = { kind: 'email' as const, key: 'a', template: 't' };
    const recommend = { strategy: 'bestsellers' as const, limit: 3, fallback: 'skip' as const };
    expect([...providedVariables({ on: 'order' }, { ...step, recommend })]).toEqual(['order', 'recommendations']);
    expect([...providedVariables({ on: 'event', event: 'order.delivered' }, step)]).toEqual(['event', 'order']);
    expect([...providedVariables({ on: 'event', event: 'checkout.started' }, step)]).toEqual(['event']);
    expect([...providedVariables({ on: 'manual' }, step)]).toEqual([]);
  });
});
