import { type Scale, type SurveyKind } from '../surveys.types';
import { type Faults, readNumber, readObject } from './read-fields';

/** Where nothing is said. For `number` an amount of money. */
const DEFAULTS: Readonly<Record<Exclude<SurveyKind, 'choice'>, Scale>> = {
  nps: { min: 0, max: 10 },
  csat: { min: 1, max: 5 },
  loyalty: { min: 0, max: 10 },
  number: { min: 0, max: 1_000_000 },
};
const LARGEST_AMOUNT = 1_000_000_000;

/** Reads the scale of a survey, or gives the kind's own; undefined for a choice. NPS is defined on 0 to 10. */
export function readScale(raw: unknown, kind: SurveyKind, faults: Faults): Scale | undefined {
  if (kind === 'choice') {
    return raw === undefined || raw === null ? undefined : faults.add('scale', 'a choice has no scale');
  }
  const usual = DEFAULTS[kind];
  if (raw === undefined || raw === null) return usual;
  const json = readObject(raw, 'scale', faults, ['min', 'max']);
  if (!json) return undefined;
  const min = readNumber(json.min ?? usual.min, 'scale.min', faults);
  const max = readNumber(json.max ?? usual.max, 'scale.max', faults);
  if (min === undefined || max === undefined) return undefined;
  const scale = { min, max };
  switch (kind) {
    case 'nps':
      if (min !== 0 || max !== 10) faults.add('scale', 'must be 0 to 10: the score is defined on it');
      return scale;
    case 'csat':
    case 'loyalty':
      if (min !== 0 && min !== 1) faults.add('scale.min', 'must be 0 or 1');
      if (!Number.isInteger(max) || max < 3 || max > 10) faults.add('scale.max', 'must be a whole number from 3 to 10');
      return scale;
    case 'number':
      if (min < 0) faults.add('scale.min', 'must not be negative');
      if (max <= min || max > LARGEST_AMOUNT)
        faults.add('scale.max', `must be more than min and at most ${LARGEST_AMOUNT}`);
      return scale;
    default:
      return kind satisfies never;
  }
}
