import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';

/** A helper process of the bench: it answers each message with one message. */
export class Child {
  private constructor(private readonly process: ChildProcess) {}

  static start(script: string): Child {
    return new Child(
      fork(path.join(__dirname, 'processes', `${script}.js`), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    );
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  ask<Answer>(question: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`a bench process ended with ${code}`));
      this.process.once('exit', ended);
      this.process.once('message', (answer) => {
        this.process.off('exit', ended);
        resolve(answer as Answer);
      });
      this.process.send(question);
    });
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const gone = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGTERM');
    await gone;
  }
}
