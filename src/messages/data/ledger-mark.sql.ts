import { type Sql } from '../../platform/database/database';

/** The mark as it stands in the database. `here`: which server and database this is; `place`: which it was. */
export interface StoredMark {
  instance: string;
  mark: number;
  place: string | null;
  here: string;
}

/** Both survive restarts, fail-overs and renaming; a dump that is loaded, a copy, or another server has another one. */
const HERE = `(select s.system_identifier::text || ':' || d.oid
  from pg_control_system() s, pg_database d where d.datname = current_database())`;

export function readMark(): Sql {
  return { text: `select instance, mark, place, ${HERE} as here from ledger_mark` };
}

/** Moves the mark beyond the one that is remembered, and takes this place for its own. */
export function moveMark(beyond: number): Sql {
  return {
    text: `update ledger_mark set mark = greatest(mark, $1::bigint) + 1, place = ${HERE}
      returning instance, mark, place, place as here`,
    values: [beyond],
  };
}
