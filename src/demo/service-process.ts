import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

const READY_WITHIN_MS = 120_000;

/** The service, started as an operator would: its program, its environment. */
export class ServiceProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async start(base: string, environment: Record<string, string>): Promise<ServiceProcess> {
    // A session of its own: Ctrl-C reaches the demo alone, which then stops the service in order.
    const child = spawn(process.execPath, [path.join(__dirname, '../main.js')], {
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
      env: environment,
    });
    const end = Date.now() + READY_WITHIN_MS;
    for (;;) {
      if (child.exitCode !== null) throw new Error('the service did not start; its message stands above');
      if (Date.now() > end) throw new Error('the service did not become ready');
      const answer = await fetch(`${base}/health/ready`).catch(() => undefined);
      if (answer?.ok) return new ServiceProcess(child);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  /** Resolves when the service ends by itself. */
  ended(): Promise<void> {
    return new Promise((done) => this.child.once('exit', () => done()));
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = this.ended();
    this.child.kill('SIGTERM');
    await gone;
  }
}
