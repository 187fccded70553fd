import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { fitCustomerModels, type ModelAnswer, type ModelQuestion } from './domain/customer-forecast';
import { forecastValue, type ValueForecast, type ValueQuestion } from './domain/forecast-value';

/** What the thread is asked: plain data. */
export type ThreadTask = { kind: 'value'; question: ValueQuestion } | { kind: 'models'; question: ModelQuestion };

const PROGRAM = path.join(__dirname, `value-program${path.extname(__filename)}`);
const PATIENCE_MS = 120_000;
const MEMORY_MB = 1024;
/** Up to so many histories the arithmetic takes less than starting a thread. */
const FEW = 1_000;

/**
 * Does the arithmetic in a thread of its own but for small shops: seconds of it must not hold up requests.
 * @throws Error when that takes longer than two minutes or a gigabyte
 */
export async function fitValue(question: ValueQuestion): Promise<ValueForecast> {
  return isSmall(question) ? forecastValue(question) : ask({ kind: 'value', question });
}

/** As {@link fitValue}, for the models behind the fields of conditions. */
export async function fitModels(question: ModelQuestion): Promise<ModelAnswer> {
  return isSmall(question) ? fitCustomerModels(question) : ask({ kind: 'models', question });
}

function isSmall({ groups, spends }: ModelQuestion): boolean {
  return groups.length + spends.means.length <= FEW;
}

function ask<Answer>(task: ThreadTask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(PROGRAM, { workerData: task, resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } });
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      void thread.terminate();
      settle();
    };
    const timer = setTimeout(() => end(() => reject(new Error('the forecast took too long'))), PATIENCE_MS);
    thread.once('message', (answer: Answer) => end(() => resolve(answer)));
    thread.once('error', (error) => end(() => reject(error)));
    thread.once('exit', (code) => end(() => reject(new Error(`the forecast ended with ${code}`))));
  });
}
