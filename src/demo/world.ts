import { type ApiClient } from './api-client';

/** Where the demo takes place. */
export interface DemoWorld {
  api: ApiClient;
  /** Where the shop's own pages are. */
  shopUrl: string;
  /** Base of the links in the mails, where it is not where the service answers. */
  publicUrl: string;
  say: (text: string) => void;
}
