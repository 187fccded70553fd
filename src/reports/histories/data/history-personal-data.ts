import { Injectable } from '@nestjs/common';
import { PersonalDataOwner } from '../../../customers/personal-data';

/**
 * What reports keep of orders is told with the orders themselves, and stays as they do: as figures without a person. Orders
 * that are handed over to another customer name both as changed by themselves.
 */
@Injectable()
export class HistoryPersonalData extends PersonalDataOwner {
  readonly name = 'orderHistories';
  readonly tables = ['order_histories', 'order_history_changes'] as const;

  export(): Promise<unknown> {
    return Promise.resolve([]);
  }

  erase(): Promise<void> {
    return Promise.resolve();
  }

  merge(): Promise<void> {
    return Promise.resolve();
  }
}
