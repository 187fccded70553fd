import { type CampaignDefinition, type Program } from '../../../campaigns/campaign.types';

/** A campaign as it takes part in a simulation: one version of it, from beginning to end. Plain data. */
export interface SimulatedCampaign {
  campaignId: string;
  key: string;
  version: number;
  salt: string;
  definition: CampaignDefinition;
  program: Program;
  /** Indexes into the simulation's list of conditions. */
  conditions: {
    audience: number | null;
    /** Who is in the segment of a trigger by the clock. */
    members: number | null;
    /** Whether the date of an anniversary is known, which also reads it. */
    anniversary: number | null;
    /** Of the program's conditions, at their index. */
    program: number[];
  };
}

/** Campaigns that run side by side for the same people; the first is the one that is asked about. */
export interface Scenario {
  campaigns: SimulatedCampaign[];
}

/** The campaign that a scenario is about. */
export function subjectOf(scenario: Scenario): SimulatedCampaign {
  const [subject] = scenario.campaigns;
  if (!subject) throw new Error('a scenario is about a campaign');
  return subject;
}

/** All conditions of a simulation, each once, with those that look at what people did with mails. */
export class ConditionList {
  readonly conditions: unknown[] = [];
  private readonly known = new Map<string, number>();

  /** The index of a condition; null for none. */
  add(condition: unknown): number | null {
    if (condition === undefined || condition === null) return null;
    const text = JSON.stringify(condition);
    const found = this.known.get(text);
    if (found !== undefined) return found;
    this.known.set(text, this.conditions.length);
    return this.conditions.push(condition) - 1;
  }

  /** Takes a campaign in. */
  campaign(one: Omit<SimulatedCampaign, 'conditions'>): SimulatedCampaign {
    const { definition, program } = one;
    const { trigger } = definition;
    const byClock = trigger.on === 'schedule' || trigger.on === 'date';
    return {
      ...one,
      conditions: {
        audience: this.add(definition.audience),
        members: byClock ? this.add({ segment: trigger.segment }) : null,
        anniversary:
          trigger.on === 'anniversary' ? this.add({ field: trigger.field, op: 'exists', value: true }) : null,
        program: (program.conditions ?? []).map((condition) => this.add(condition) ?? -1),
      },
    };
  }
}

/** Whether a condition looks, itself or through a segment, at what a person did with mails. */
export function asksEngagement(condition: unknown, segment: (ref: string) => unknown): boolean {
  const seen = new Set<string>();
  const asks = (part: unknown): boolean => {
    if (Array.isArray(part)) return part.some(asks);
    if (typeof part !== 'object' || part === null) return false;
    const node = part as Record<string, unknown>;
    if (typeof node.message === 'string') return node.message !== 'sent';
    if (typeof node.field === 'string') return node.field.startsWith('engagement.');
    if (typeof node.segment === 'string') {
      if (seen.has(node.segment)) return false;
      seen.add(node.segment);
      return asks(segment(node.segment));
    }
    return asks(node.all) || asks(node.any) || asks(node.not);
  };
  return asks(condition);
}
