import { Global, Module } from '@nestjs/common';
import { SignedPosts } from './signed-posts';
import { WebhookSigning } from './webhook-signing';

/** Requests to services of others. */
@Global()
@Module({ providers: [SignedPosts, WebhookSigning], exports: [SignedPosts, WebhookSigning] })
export class OutboxModule {}
