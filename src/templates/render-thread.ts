import { parentPort } from 'node:worker_threads';
import { MailRenderer, type RenderJob } from './domain/render-mail';

/** What runs in a thread of {@link RenderThreads}: batches in, filled-in mails out. */
const renderer = new MailRenderer();
parentPort?.on('message', (job: RenderJob) => parentPort?.postMessage(renderer.render(job)));
parentPort?.postMessage('ready');
