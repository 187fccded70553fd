import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Roles } from '../../access/roles';
import { DomainHealth, type DomainHealthView } from '../domain-health';

/** What providers find out about the sender. */
@ApiTags('messages')
@Controller('api/v1/domain-health')
export class DomainHealthController {
  constructor(private readonly health: DomainHealth) {}

  /** SPF, DKIM, DMARC, MX and return path of MAIL_FROM's domain as DNS has them now, and what to publish. */
  @Get()
  @Roles('analyst', 'admin')
  check(): Promise<DomainHealthView> {
    return this.health.check();
  }
}
