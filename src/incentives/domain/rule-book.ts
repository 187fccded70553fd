import { type LoyaltySetting } from '../loyalty.types';
import { NO_LOYALTY } from './read-loyalty-setting';

/** A setting and from when on orders go by it. */
export interface DatedSetting {
  validFrom: Date;
  setting: LoyaltySetting;
}

/** All settings that there ever were, in the order in which they were made. */
export class RuleBook {
  constructor(private readonly settings: readonly DatedSetting[]) {}

  /** What holds now for tiers, and is shown. */
  get current(): LoyaltySetting {
    return this.settings.at(-1)?.setting ?? NO_LOYALTY;
  }

  /** No order placed before this goes by any setting; null when there is none. */
  get earliest(): Date | null {
    return this.settings.reduce<Date | null>(
      (least, { validFrom }) => (least && least < validFrom ? least : validFrom),
      null,
    );
  }

  get everRefers(): boolean {
    return this.settings.some(({ setting }) => setting.referral !== null);
  }

  /** The last setting that orders placed at this instant go by: points once earned are not changed by later ones. */
  at(placedAt: Date): LoyaltySetting {
    return this.settings.findLast(({ validFrom }) => validFrom <= placedAt)?.setting ?? NO_LOYALTY;
  }
}
