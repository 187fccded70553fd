import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { ContactPolicies } from '../contact-policies';
import { type ContactPolicySetting } from '../domain/read-contact-policy';
import { CONTACT_POLICY_SCHEMA } from './contact-policy.schema';

/** What the shop allows itself with one person, over all campaigns. */
@ApiTags('campaigns')
@Controller('api/v1/settings/contact-policy')
export class ContactPolicyController {
  constructor(private readonly policies: ContactPolicies) {}

  /** The policy; nulls and an empty list where there is none. */
  @Get()
  @Roles(...READERS)
  view(): Promise<ContactPolicySetting> {
    return this.policies.view();
  }

  /** Replaces it; what is left out is none. 422 tells every fault with its path. */
  @Put()
  @Roles(...EDITORS)
  @ApiBody({ schema: CONTACT_POLICY_SCHEMA })
  change(@Body() body: unknown): Promise<ContactPolicySetting> {
    return this.policies.change(body);
  }
}
