import { Global, Module } from '@nestjs/common';
import { PublicGets } from './public-gets';
import { SignedPosts } from './signed-posts';
import { WebhookSigning } from './webhook-signing';

/** Requests to services of others. */
@Global()
@Module({ providers: [PublicGets, SignedPosts, WebhookSigning], exports: [PublicGets, SignedPosts, WebhookSigning] })
export class OutboxModule {}
