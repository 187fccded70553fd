import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { ProfilesModule } from '../profiles/profiles.module';
import { TrackingModule } from '../tracking/tracking.module';
import { ExitPersonalData } from './data/exit-personal-data';
import { ExitDesk } from './exit-desk';
import { ExitQuestionController } from './http/exit-question.controller';
import { PreferencesController } from './http/preferences.controller';
import { ConfirmationController } from './http/confirmation.controller';
import { ConfirmationWork } from './jobs/confirmation.work';
import { Confirmations } from './confirmations';
import { ConfirmationTemplate } from './confirmation-template';
import { MessagesModule } from '../messages/messages.module';
import { TemplatesModule } from '../templates/templates.module';
import { PreferenceDesk } from './preference-desk';

/** What people decide on pages of ours: topics, pause, language, fewer mails, tracking, why they leave, their data. */
@Module({
  imports: [CustomersModule, MessagesModule, TemplatesModule, ProfilesModule, TrackingModule],
  controllers: [ConfirmationController, ExitQuestionController, PreferencesController],
  providers: [ConfirmationTemplate, ConfirmationWork, Confirmations, ExitDesk, ExitPersonalData, PreferenceDesk],
})
export class PreferencesModule {}
