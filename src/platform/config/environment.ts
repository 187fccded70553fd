import { plainToInstance, Transform } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  MinLength,
  validateSync,
} from 'class-validator';

const local = { require_tld: false, require_protocol: true };

/** The environment variables as they come, before anything is derived from them. See `.env.example`. */
export class Environment {
  @IsOptional() @IsIn(['development', 'test', 'production']) NODE_ENV: 'development' | 'test' | 'production' =
    'development';
  @IsOptional() @Transform(toNumber) @IsInt() @Min(0) @Max(65535) PORT = 3000;
  @IsOptional() @IsString() @MinLength(1) HOST?: string;
  @IsOptional() @IsUrl({ ...local, protocols: ['http', 'https'] }) PUBLIC_URL?: string;
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_URL must be a postgres:// URL' })
  DATABASE_URL?: string;
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_REPLICA_URL must be a postgres:// URL' })
  DATABASE_REPLICA_URL?: string;
  @IsOptional() @IsString() @MinLength(1) DATA_DIR = '.data';
  @IsOptional()
  @Matches(/^smtps?:\/\/[^,\s]+(,smtps?:\/\/[^,\s]+)*$/, {
    message: 'SMTP_URL must be one or more smtp:// or smtps:// URLs, separated by commas',
  })
  SMTP_URL?: string;
  @IsOptional() @IsString() @MinLength(3) MAIL_FROM?: string;
  @IsOptional() @IsString() BOUNCE_DOMAIN?: string;
  @IsOptional() @IsString() DKIM_DOMAIN?: string;
  @IsOptional() @IsString() DKIM_SELECTOR?: string;
  @IsOptional() @IsString() DKIM_PRIVATE_KEY_FILE?: string;
  @IsOptional() @IsString() @MinLength(1) BOUNCE_MAILDIR?: string;
  @IsOptional() @IsString() BOUNCE_IMAP_URL?: string;
  @IsOptional() @IsString() SES_TOPIC_ARNS?: string;
  @IsOptional() @IsString() SENDGRID_WEBHOOK_KEY?: string;
  @IsOptional() @IsString() POSTMARK_WEBHOOK_LOGIN?: string;
  @IsOptional() @IsString() MAILGUN_WEBHOOK_KEY?: string;
  @IsOptional() @IsString() RESEND_WEBHOOK_SECRET?: string;
  @IsOptional() @MinLength(32, { message: 'SECRET_KEY must have 32 bytes or more' }) SECRET_KEY?: string;
  @IsOptional() @MinLength(32, { message: 'ADMIN_API_KEY must have 32 characters or more' }) ADMIN_API_KEY?: string;
  @IsOptional() @IsIn(['all', 'api', 'worker']) ROLE: 'all' | 'api' | 'worker' = 'all';
  @IsOptional() @IsString() @MinLength(1) STORE_NAME = 'Ritorno';
  @IsOptional()
  @Matches(/^[A-Z]{3}$/, { message: 'STORE_CURRENCY must be an ISO 4217 code such as EUR' })
  STORE_CURRENCY = 'EUR';
  @IsOptional() @IsString() STORE_TIMEZONE = 'UTC';
  @IsOptional()
  @Matches(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, { message: 'STORE_LOCALE must be a tag such as it or en-GB' })
  STORE_LOCALE = 'en';
  @IsOptional() @IsString() STORE_ADDRESS = '';
  @IsOptional() @IsUrl({ ...local, protocols: ['http', 'https'] }) STORE_URL?: string;
  @IsOptional() @IsISO8601({ strict: true }, { message: 'TEST_CLOCK must be an ISO 8601 instant' }) TEST_CLOCK?: string;
  @IsOptional() @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']) LOG_LEVEL = 'info';
  @IsOptional() @Transform(toNumber) @IsInt() @Min(1) @Max(100) SMTP_CONNECTIONS = 10;
  @IsOptional() @Transform(toNumber) @IsInt() @Min(2) @Max(200) DATABASE_POOL = 20;
  @IsOptional() @Transform(toNumber) @IsInt() @Min(1) @Max(10_000) TRACKING_PATIENCE_MS = 25;
  @IsOptional() @IsString() TRUST_PROXY = 'loopback,private';
  @IsOptional() @Transform(toNumber) @IsInt() @Min(0) @Max(100_000_000) RATE_LIMIT_KEY = 120_000;
  @IsOptional() @Transform(toNumber) @IsInt() @Min(0) @Max(100_000_000) RATE_LIMIT_PAGES = 30_000;
  @IsOptional() @Transform(toNumber) @IsInt() @Min(0) @Max(100_000_000) RATE_LIMIT_FAILURES = 600;
  @IsOptional() @IsIn(['allow', 'refuse']) WEBHOOKS_TO_LOOPBACK: 'allow' | 'refuse' = 'refuse';
}

function toNumber({ value }: { value: unknown }): unknown {
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
}

/** A variable with a bad value; the process stops with this message and nothing else. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Reads and validates the variables; an empty string counts as not set. */
export function readEnvironment(source: Record<string, string | undefined>): Environment {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const environment = plainToInstance(Environment, given, { exposeDefaultValues: true });
  const faults = validateSync(environment, { skipMissingProperties: false });
  if (faults.length > 0) {
    throw new ConfigError(
      faults.flatMap((fault) =>
        Object.values(fault.constraints ?? {}).map((text) =>
          text.includes(fault.property) ? text : `${fault.property}: ${text}`,
        ),
      ),
    );
  }
  return environment;
}
