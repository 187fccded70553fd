import {
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  NotEquals,
} from 'class-validator';
import { MOST_POINTS } from '../domain/read-loyalty-setting';

/** The body of `POST /api/v1/customers/:id/points`. */
export class PointChangeBody {
  /** Above 0: put in. Below 0: taken out, as spent. */
  @IsInt()
  @Min(-MOST_POINTS)
  @Max(MOST_POINTS)
  @NotEquals(0)
  delta!: number;

  /** Shown in the ledger. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(500)
  @Matches(/^[^\0]*$/, { message: 'must be plain text' })
  reason!: string;

  /** The shop's own id of this change: it is made once, however often it is sent. */
  @IsString()
  @Matches(/^[\x21-\x7e]{1,200}$/, { message: 'must be 1 to 200 printable ASCII characters without blanks' })
  id!: string;

  /** A correction of what was given: unlike spending it counts for tiers too. */
  @IsOptional()
  @IsIn(['adjusted'])
  kind?: 'adjusted';
}
