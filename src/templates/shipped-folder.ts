import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * The folder `templates/` of the project, whether this runs from `src` or from `dist`: the nearest one above that has
 * templates in it.
 */
export function shippedFolder(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'templates');
    if (existsSync(path.join(candidate, 'templates'))) return candidate;
    if (folder === path.dirname(folder)) throw new Error('the folder templates/ is missing from the installation');
  }
}
