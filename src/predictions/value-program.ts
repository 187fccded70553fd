import { parentPort, workerData } from 'node:worker_threads';
import { forecastValue, type ValueQuestion } from './domain/forecast-value';

/** The thread of one forecast: takes its question, says the answer, and ends. */
parentPort?.postMessage(forecastValue(workerData as ValueQuestion));
