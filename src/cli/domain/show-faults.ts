import { type FileFault } from '../../blueprints/read-folder';
import { harmless } from './paint';

/** Faults as editors and terminals understand them: `campaigns/a.yaml:9:5  message  (campaigns[0].steps[0].for)`. */
export function showFaults(folder: string, faults: readonly FileFault[]): string {
  const lines = faults.map(({ file, line, column, path, message }) => {
    const below = file === '' ? folder : `${folder.replace(/\/+$/, '')}/${file}`;
    const at = [below, ...(line === undefined ? [] : [line, ...(column === undefined ? [] : [column])])].join(':');
    return harmless(`${at}  ${message}${path === undefined || path === '' ? '' : `  (${path})`}`);
  });
  return `${lines.join('\n')}\n\n${faults.length === 1 ? '1 fault' : `${faults.length} faults`}; nothing was changed.\n`;
}
