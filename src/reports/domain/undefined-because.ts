import type { LiftFigures } from './lift-figures';

/** Why a value in the head of the lift report is null, by the value's path; the sections give their own reasons. */
export function undefinedBecause(figures: LiftFigures): Record<string, string> {
  const { arms, lift, alwaysValid, revenueLift, sampleRatio } = figures;
  const empty = arms.treatment.customers === 0 || arms.holdout.customers === 0;
  const reasons: Array<[path: string, value: unknown, reason: string]> = [
    ['arms.treatment.rate', arms.treatment.rate, 'no_mature_customers'],
    ['arms.treatment.revenuePerCustomer', arms.treatment.revenuePerCustomer, 'no_mature_customers'],
    ['arms.holdout.rate', arms.holdout.rate, 'no_mature_customers'],
    ['arms.holdout.revenuePerCustomer', arms.holdout.revenuePerCustomer, 'no_mature_customers'],
    ['lift.absolute', lift.absolute, 'no_mature_customers'],
    ['lift.ci', lift.ci, 'no_mature_customers'],
    ['lift.relative', lift.relative, empty ? 'no_mature_customers' : 'no_repurchasers_in_holdout'],
    ['lift.relativeCi', lift.relativeCi, empty ? 'no_mature_customers' : 'no_repurchasers_in_holdout'],
    ['lift.pValue', lift.pValue, empty ? 'no_mature_customers' : 'no_variance'],
    ['alwaysValid.ci', alwaysValid.ci, 'under_10_repurchasers_or_others_in_an_arm'],
    ['revenueLift.perCustomer', revenueLift.perCustomer, 'no_mature_customers'],
    ['revenueLift.ci', revenueLift.ci, empty ? 'no_mature_customers' : 'no_variance'],
    ['revenueLift.incremental', revenueLift.incremental, 'no_mature_customers'],
    ['revenueLift.incrementalCi', revenueLift.incrementalCi, empty ? 'no_mature_customers' : 'no_variance'],
    ['revenueLift.winsorised', revenueLift.winsorised, empty ? 'no_mature_customers' : 'no_revenue'],
    ['revenueLift.winsorised.ci', revenueLift.winsorised?.ci, 'no_variance'],
    ['revenueLift.largestShare', revenueLift.largestShare, 'no_revenue'],
    ['sampleRatio.observed', sampleRatio.observed, 'nobody_entered'],
    ['sampleRatio.pValue', sampleRatio.pValue, sampleRatio.observed === null ? 'nobody_entered' : 'no_control'],
    ['sampleRatio.ok', sampleRatio.ok, sampleRatio.observed === null ? 'nobody_entered' : 'no_control'],
  ];
  const undefinedNow = reasons.filter(([, value]) => value === null).map(([path, , reason]) => [path, reason]);
  if (lift.relativeCi?.[1] === null) undefinedNow.push(['lift.relativeCi[1]', 'no_finite_limit']);
  return Object.fromEntries(undefinedNow) as Record<string, string>;
}
