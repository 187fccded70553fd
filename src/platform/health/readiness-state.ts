import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';

/** Not ready any more once the process drains, so that a balancer sends nothing new. */
@Injectable()
export class ReadinessState implements BeforeApplicationShutdown {
  private draining = false;

  get accepting(): boolean {
    return !this.draining;
  }

  beforeApplicationShutdown(): void {
    this.draining = true;
  }
}
