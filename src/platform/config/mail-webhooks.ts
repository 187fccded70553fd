import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Environment } from './environment';

/** By what the notices of mail providers are known. A provider without any is not listened to. */
export interface MailWebhooks {
  /** Topics of SNS from which notices of SES are taken; anybody may sign with a topic of their own. */
  readonly sesTopics: readonly string[];
  readonly sendgridKeys: readonly KeyObject[];
  /** `user:password`, as put into the address that Postmark calls. */
  readonly postmarkLogins: readonly string[];
  readonly mailgunKeys: readonly string[];
  /** `whsec_<base64>` */
  readonly resendSecrets: readonly string[];
}

const SHORTEST = 16;
const list = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** Reads them; what is wrong is added to `problems`, by the name of its variable and without its value. */
export function readMailWebhooks(environment: Environment, problems: string[]): MailWebhooks {
  const sesTopics = list(environment.SES_TOPIC_ARNS);
  if (sesTopics.some((arn) => !/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+$/.test(arn)))
    problems.push('SES_TOPIC_ARNS must name topics such as arn:aws:sns:eu-south-1:123456789012:bounces');
  const sendgridKeys = list(environment.SENDGRID_WEBHOOK_KEY).flatMap((key) => {
    const read = ellipticKey(key);
    if (!read) problems.push('SENDGRID_WEBHOOK_KEY must be the public key of the signed event webhook, as shown there');
    return read ? [read] : [];
  });
  const postmarkLogins = list(environment.POSTMARK_WEBHOOK_LOGIN);
  if (postmarkLogins.some((login) => !/^[^:]+:.+$/.test(login) || login.length < SHORTEST))
    problems.push(`POSTMARK_WEBHOOK_LOGIN must be user:password, ${SHORTEST} characters or more`);
  const mailgunKeys = list(environment.MAILGUN_WEBHOOK_KEY);
  if (mailgunKeys.some((key) => key.length < SHORTEST))
    problems.push(`MAILGUN_WEBHOOK_KEY must have ${SHORTEST} characters or more`);
  const resendSecrets = list(environment.RESEND_WEBHOOK_SECRET);
  if (resendSecrets.some((secret) => !/^whsec_[A-Za-z0-9+/]{22,}={0,2}$/.test(secret)))
    problems.push('RESEND_WEBHOOK_SECRET must be whsec_ and base64, as shown at the webhook');
  return Object.freeze({ sesTopics, sendgridKeys, postmarkLogins, mailgunKeys, resendSecrets });
}

/** Of base64 of its DER, as the provider shows it. */
function ellipticKey(text: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ec' ? key : undefined;
  } catch {
    return undefined;
  }
}
