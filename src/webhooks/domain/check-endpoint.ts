import { type Fault } from '../../kernel/errors';
import { SUBSCRIPTIONS } from './event-types';

/** What an endpoint is made of. */
export interface EndpointContent {
  name?: string | null | undefined;
  description?: string | null | undefined;
  url: string;
  /** Types, families (`stage.*`) or `*`. */
  events: string[];
  enabled?: boolean | undefined;
}

/**
 * What is wrong with an endpoint, or with the change of one.
 *
 * @param addressFault says what is wrong with an address, undefined when nothing is
 */
export function endpointFaults(
  { url, events }: Partial<EndpointContent>,
  addressFault: (url: string) => string | undefined,
): Fault[] {
  const faults: Fault[] = [];
  const address = url === undefined ? undefined : addressFault(url);
  if (address !== undefined) faults.push({ path: 'url', message: address });
  events?.forEach((event, index) => {
    const path = `events[${index}]`;
    if (!SUBSCRIPTIONS.includes(event)) faults.push({ path, message: `${event} is not a type of event` });
    else if (events.indexOf(event) < index) faults.push({ path, message: `${event} is named twice` });
  });
  return faults;
}
