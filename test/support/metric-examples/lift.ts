import { alwaysValidInterval } from '../../../src/reports/domain/always-valid-interval';
import {
  type Amounts,
  largestShare,
  welchDifference,
  winsorisedDifference,
} from '../../../src/reports/domain/mean-difference';
import {
  newcombeDifference,
  pooledZTest,
  type Proportion,
  relativeLift,
  wilson,
} from '../../../src/reports/domain/proportion-interval';
import { sampleRatio } from '../../../src/reports/domain/sample-ratio';
import { isSettled, verdictOf } from '../../../src/reports/domain/verdict';
import { trackingGaps } from '../../../src/reports/domain/tracking-gap';
import { type ArmCounts, liftFigures } from '../../../src/reports/domain/lift-figures';
import { otherMessages } from '../../../src/reports/lift/guardrails.section';
import { type LiftContext } from '../../../src/reports/lift/lift-section';
import { type Figures } from './figure';

interface Arms<T> {
  treatment: T;
  holdout: T;
}

/** An arm with nobody; examples name what matters to them. */
const EMPTY_ARM: ArmCounts = {
  ...{ customers: 0, repurchasers: 0, orders: 0, otherCurrency: 0, spent: [], immature: 0, enrolled: 0 },
};

const OF_NOBODY = { campaignId: '', asOf: new Date(0), epoch: 1, windowMs: 0, start: 'entry' };

interface Watched {
  source: string;
  delivered: string[];
  windows: { from: string; to: string };
}

export const LIFT_FIGURES = {
  wilson: (people: Proportion) => wilson(people),
  newcombe: ({ treatment, holdout }: Arms<Proportion>) => newcombeDifference(treatment, holdout),
  pooledZ: ({ treatment, holdout }: Arms<Proportion>) => pooledZTest(treatment, holdout),
  relativeLift: ({ treatment, holdout }: Arms<Proportion>) => relativeLift(treatment, holdout),
  alwaysValid: ({ treatment, holdout, plannedCustomers }: Arms<Proportion> & { plannedCustomers?: number }) =>
    alwaysValidInterval(treatment, holdout, plannedCustomers),
  welch: ({ treatment, holdout }: Arms<Amounts>) => welchDifference(treatment, holdout),
  winsorised: ({ treatment, holdout }: Arms<Amounts>) => winsorisedDifference(treatment, holdout),
  largestShare: ({ treatment, holdout }: Arms<Amounts>) => largestShare(treatment, holdout),
  sampleRatio: ({ treatment, holdout, share }: Arms<number> & { share: number }) =>
    sampleRatio(treatment, holdout, share),
  verdict: ({ reasons, interval }: { reasons: string[]; interval: [number, number] | null }) =>
    verdictOf(reasons, interval),
  arms: ({ treatment, holdout }: Arms<Partial<ArmCounts>>) =>
    liftFigures({
      ...{ treatment: { ...EMPTY_ARM, ...treatment }, holdout: { ...EMPTY_ARM, ...holdout }, holdoutShare: 0.5 },
      ...{ plannedCustomers: undefined, entriesOpen: false, readAt: null, trackingGap: false, lastStart: null },
      ...{ windowMs: 0, asOf: new Date(0), minorUnits: 100 },
    }),
  settled: ({ lastStart, windowDays, asOf }: { lastStart: string; windowDays: number; asOf: string }) =>
    isSettled(new Date(lastStart), windowDays * 86_400_000, new Date(asOf)),
  trackingGaps: ({ source, delivered, windows }: Watched) =>
    trackingGaps(
      [{ source, days: delivered }],
      [{ from: new Date(windows.from), to: new Date(windows.to) }],
      'Europe/Rome',
    ),
  otherMessages: async (arms: Arms<{ customers: number; otherMessages: number }>) => {
    const nobody = { unsubscribed: 0, complained: 0 };
    const rows = (['treatment', 'holdout'] as const).map((arm) => ({ arm, ...nobody, ...arms[arm] }));
    const database = { query: () => Promise.resolve(rows) };
    return (await otherMessages.read({ database, scope: OF_NOBODY } as unknown as LiftContext)).value;
  },
} satisfies Figures;
