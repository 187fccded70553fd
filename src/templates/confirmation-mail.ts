import { type Fault } from '../kernel/errors';
import { checkHandlebars } from './domain/check-handlebars';
import { type CompiledLocale, type TemplateKind } from './domain/compile-locale';

/** Key of the template of the mail that asks to confirm a subscription. A shop changes it like any other. */
export const CONFIRMATION_TEMPLATE = 'confirm-subscription';

/**
 * What is wrong with a template as the one that asks to confirm: as marketing it would wait for the consent that it asks
 * for, and without its link, whatever the variables, nobody could ever confirm. No fault for any other template.
 */
export function confirmationFaults(
  key: string,
  kind: TemplateKind,
  locales: Readonly<Record<string, CompiledLocale>>,
): Fault[] {
  if (key !== CONFIRMATION_TEMPLATE) return [];
  const faults: Fault[] =
    kind === 'transactional'
      ? []
      : [{ path: 'kind', message: 'must be transactional: this mail asks for the consent that marketing needs' }];
  for (const [locale, { html }] of Object.entries(locales)) {
    if (checkHandlebars(html, '').always.has('links.confirm')) continue;
    const message = 'This template must always show the link to confirm: <a href="{{links.confirm}}">.';
    faults.push({ path: `locales.${locale}.mjml`, message });
  }
  return faults;
}
