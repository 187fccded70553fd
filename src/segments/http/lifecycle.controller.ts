import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ADMIN, READERS, Roles } from '../../access/roles';
import { Lifecycle, type LifecycleView } from '../lifecycle';
import { LifecycleBody } from './segments.dto';

/** From when a customer counts as lapsed, from how many orders as a repeat one. */
@ApiTags('lifecycle')
@Controller('api/v1/settings/lifecycle')
export class LifecycleController {
  constructor(private readonly lifecycle: Lifecycle) {}

  /** The setting; `effective` is the threshold in force, `basis` what `auto` rests on. */
  @Get()
  @Roles(...READERS)
  view(): Promise<LifecycleView> {
    return this.lifecycle.view();
  }

  /** Changes it. Everyone is sorted anew at once, silently: no campaign starts from it. */
  @Put()
  @Roles(...ADMIN)
  change(@Body() body: LifecycleBody): Promise<LifecycleView> {
    return this.lifecycle.change(body);
  }
}
