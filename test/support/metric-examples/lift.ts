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
import { verdictOf } from '../../../src/reports/domain/verdict';
import { type Figures } from './figure';

interface Arms<T> {
  treatment: T;
  holdout: T;
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
} satisfies Figures;
