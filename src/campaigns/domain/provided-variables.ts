import { type EmailStep, isAboutAnOrder, type Trigger } from '../campaign.types';

/**
 * First-level variables that a campaign's trigger and a step of it give to the template, beside those that every mail
 * has: `order`, `event`, `recommendations`, `survey`, `coupon`.
 */
export function providedVariables(trigger: Trigger, step: EmailStep): Set<string> {
  const provided = new Set<string>();
  if (trigger.on === 'event') provided.add('event');
  if (isAboutAnOrder(trigger)) provided.add('order');
  if (step.recommend) provided.add('recommendations');
  if (step.survey !== undefined) provided.add('survey');
  if (step.coupon !== undefined || (trigger.on === 'event' && trigger.event === 'coupon.expiring'))
    provided.add('coupon');
  return provided;
}
