import { type Sql } from '../../platform/database/database';

export const ECONOMICS_KEY = 'economics';

/** The stored setting; no row where none was made. */
export const storedEconomics: Sql = { text: 'select value from settings where key = $1', values: [ECONOMICS_KEY] };
