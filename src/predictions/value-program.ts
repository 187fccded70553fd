import { parentPort, workerData } from 'node:worker_threads';
import { fitCustomerModels } from './domain/customer-forecast';
import { forecastValue } from './domain/forecast-value';
import { type ThreadTask } from './fit-in-thread';

/** The thread of one fit: takes its question, says the answer, and ends. */
function answer(task: ThreadTask): unknown {
  switch (task.kind) {
    case 'value':
      return forecastValue(task.question);
    case 'models':
      return fitCustomerModels(task.question);
    default:
      return task satisfies never;
  }
}

parentPort?.postMessage(answer(workerData as ThreadTask));
