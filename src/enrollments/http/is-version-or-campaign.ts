import { ValidateBy } from 'class-validator';

/** The number of a version, or the key or id of a campaign. */
export function IsVersionOrCampaign(): PropertyDecorator {
  return ValidateBy({
    name: 'isVersionOrCampaign',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'number'
          ? Number.isInteger(value) && value > 0
          : typeof value === 'string' && value.length > 0 && value.length <= 64,
      defaultMessage: () => '$property must be the number of a version, or the key or id of a campaign',
    },
  });
}
