import { parseDuration } from '../../kernel/duration';
import { type Fault } from '../../kernel/errors';
import { type CampaignDefinition, type SendWindow } from '../campaign.types';
import { longestClosed } from './longest-closed';
import { walkSteps } from './walk-steps';

/** What is allowed in a definition and yet hardly meant, as far as it can be told from the definition alone. */
export function definitionWarnings(definition: CampaignDefinition): Fault[] {
  return [...entryWarnings(definition), ...windowWarnings(definition)];
}

function entryWarnings({ trigger, entry }: CampaignDefinition): Fault[] {
  if (entry.limit !== 'once' || (trigger.on !== 'schedule' && trigger.on !== 'anniversary')) return [];
  const message = `takes each customer in only once, although the ${trigger.on} comes again and again`;
  return [{ path: 'entry.limit', message }];
}

function windowWarnings({ basis, sendWindow, maxLateness, steps }: CampaignDefinition): Fault[] {
  if (!sendWindow) return [];
  if (basis === 'transactional')
    return [{ path: 'sendWindow', message: 'is ignored where the basis is transactional' }];
  const bounds = [
    { path: 'maxLateness', lateness: maxLateness },
    ...walkSteps(steps).flatMap(({ step, path }) =>
      step.kind === 'email' && step.maxLateness !== undefined
        ? [{ path: `${path}.maxLateness`, lateness: step.maxLateness }]
        : [],
    ),
  ];
  return bounds.flatMap(({ path, lateness }) => {
    if (!isShorter(lateness, sendWindow)) return [];
    const message = `${lateness} is shorter than the time for which sendWindow is closed; a mail may be skipped instead of waiting`;
    return [{ path, message }];
  });
}

function isShorter(lateness: string, window: SendWindow): boolean {
  const duration = parseDuration(lateness);
  if (!duration || duration.years || duration.months) return false;
  const { weeks, days, hours, minutes } = duration;
  return ((weeks * 7 + days) * 24 + hours) * 60 + minutes < longestClosed(window);
}
