import { baseDay, isAnniversary, occurrencesBetween, type TimeTrigger } from '../occurrences';
import { type Listening } from './build-past';
import { type KnownField } from './known-person';
import { derivedSignal, inOrder, type Signal } from './signals';
import { type SimulatedCampaign } from './simulated-campaign';
import { type Holds } from './customer-past';

interface Day {
  at: number;
  date: string | null;
}

/** When the clock takes people in a period, worked out once a zone for all who live there. */
export class ClockSignals {
  private readonly known = new Map<string, Day[]>();
  private readonly onDay = new Map<string, Day[]>();
  private readonly shared = new Map<string, Signal[]>();

  constructor(
    private readonly from: number,
    private readonly to: number,
  ) {}

  /**
   * The instants at which the clock takes one person for campaigns; whether they are in the segment then is asked in the
   * walk. As everywhere `from` is in the period and `to` is not. In order. @param zones those the person lived in;
   * `zoneAt`: when
   */
  of(listening: Listening, zones: readonly string[], zoneAt: (at: number) => string, holds: Holds): readonly Signal[] {
    const [zone] = zones;
    if (zone !== undefined && zones.length === 1 && !listening.clock.some(isAboutPerson)) {
      return this.forAllIn(listening, zone);
    }
    return listening.clock
      .flatMap(({ campaign, trigger }) =>
        zones.flatMap((one) =>
          this.days(campaign, trigger, one, holds)
            .filter(({ at }) => zones.length === 1 || zoneAt(at) === one)
            .map(({ at }) => clockSignal(at, trigger, campaign)),
        ),
      )
      .sort(inOrder);
  }

  /** Where nothing hangs on the person the signals are the same for all who live in a zone. */
  private forAllIn({ clock }: Listening, zone: string): readonly Signal[] {
    let found = this.shared.get(zone);
    if (!found) {
      found = clock
        .flatMap(({ campaign, trigger }) =>
          this.all(campaign, trigger, zone).map(({ at }) => clockSignal(at, trigger, campaign)),
        )
        .sort(inOrder);
      this.shared.set(zone, found);
    }
    return found;
  }

  private days(campaign: SimulatedCampaign, trigger: TimeTrigger, zone: string, holds: Holds): Day[] {
    const all = this.all(campaign, trigger, zone);
    if (trigger.on !== 'anniversary') return all;
    const condition = campaign.conditions.anniversary;
    if (condition === null) return [];
    const base = (at: number): string | null => {
      const value = holds(condition, new Date(at)).values[trigger.field];
      if (typeof value !== 'string') return null;
      return baseDay(trigger.field.startsWith('attributes.') ? value : new Date(value), zone);
    };
    const bases = new Set([base(this.from), base(this.to)]);
    const days = [...bases].flatMap((day) => (day === null ? [] : this.kept(campaign, trigger, zone, day)));
    return days.filter(({ at, date }) => {
      const day = base(at);
      return day !== null && date !== null && isAnniversary(day, date, zone);
    });
  }

  /** The anniversaries of a day in the period: looked up once for all who share month and day. */
  private kept(campaign: SimulatedCampaign, trigger: TimeTrigger, zone: string, day: string): Day[] {
    const key = `${campaign.campaignId} ${zone} ${day.slice(5)}`;
    let found = this.onDay.get(key);
    if (!found) {
      const base = `1904${day.slice(4)}`;
      found = this.all(campaign, trigger, zone).filter(({ date }) => date !== null && isAnniversary(base, date, zone));
      this.onDay.set(key, found);
    }
    return found;
  }

  private all(campaign: SimulatedCampaign, trigger: TimeTrigger, zone: string): Day[] {
    const key = `${campaign.campaignId} ${zone}`;
    let found = this.known.get(key);
    if (!found) {
      const occurrences = occurrencesBetween(trigger, new Date(this.from - 1), new Date(this.to - 1), [zone]);
      found = occurrences.map(({ at, date }) => ({ at: at.getTime(), date }));
      this.known.set(key, found);
    }
    return found;
  }
}

function isAboutPerson({ trigger }: Listening['clock'][number]): boolean {
  return trigger.on === 'anniversary';
}

function clockSignal(at: number, trigger: TimeTrigger, { campaignId }: SimulatedCampaign): Signal {
  return { ...derivedSignal(at, trigger.on, { byClock: true }), campaignId };
}

/** The zones in which a person lived in the period. */
export function zonesIn(
  fields: readonly KnownField[],
  zoneAt: (at: number) => string,
  from: number,
  to: number,
): string[] {
  const changes = fields.filter(({ field, knownAt }) => field === 'timezone' && knownAt > from && knownAt < to);
  return [...new Set([zoneAt(from), ...changes.map(({ knownAt }) => zoneAt(knownAt))])];
}
