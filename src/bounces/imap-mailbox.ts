import { ImapFlow } from 'imapflow';
import { type MailboxEndpoint } from '../platform/config/mailbox-url';
import { LARGEST_NOTICE } from './domain/largest-notice';

/** A mail that lies in the folder. */
export interface LyingMail {
  uid: number;
  /** As the server says; it may be wrong. */
  size: number;
}

/** An open folder, for as long as a visit lasts. */
export interface OpenFolder {
  /** Mails from the `skip`th on, oldest first, `limit` at most. */
  lying(skip: number, limit: number): Promise<LyingMail[]>;
  /** The mail; null when it is larger than what is read; undefined when it is gone. */
  read(mail: LyingMail): Promise<Buffer | null | undefined>;
  move(mail: LyingMail, to: 'processed' | 'failed'): Promise<void>;
}

/** How long a server may take, in milliseconds. */
export interface MailboxPatience {
  /** For one command, connecting included. */
  callMs: number;
  /** For a whole visit: the lease of the reader must outlast it. */
  visitMs: number;
}

const PATIENCE: MailboxPatience = { callMs: 30_000, visitMs: 120_000 };
const FAREWELL_MS = 5_000;
/** What a server may send at once; beyond it the connection is cut. */
const ROOM_FOR_ENVELOPE = 64 * 1024;
const MOST_RECEIVED = 96 * 1024 * 1024;
const LOOK_EVERY_MS = 200;

/** The server did not do what it was asked for. `said` has no secrets, and what a stranger wrote only in part. */
export class MailboxTrouble extends Error {
  constructor(
    readonly doing: string,
    said: string,
  ) {
    super(`${doing}: ${said}`);
    this.name = 'MailboxTrouble';
  }
}

/** The server answered, with a no: the connection is good, and other mails may fare better. */
export class MailboxRefusal extends MailboxTrouble {}

/** A mailbox by IMAP. Each visit is a connection of its own; no call waits longer than its time, whatever the server does. */
export class ImapMailbox {
  private client: ImapFlow | undefined;

  constructor(
    private readonly endpoint: MailboxEndpoint,
    private readonly patience: MailboxPatience = PATIENCE,
  ) {}

  /** Opens the folder, runs `work` on it, and leaves. @throws MailboxTrouble, and whatever `work` throws. */
  async visit<T>(work: (folder: OpenFolder) => Promise<T>): Promise<T> {
    const client = this.connectionTo();
    this.client = client;
    // Every pending call fails when the connection closes; without a listener the event would end the process.
    client.on('error', () => undefined);
    const timer = setTimeout(() => client.close(), this.patience.visitMs);
    // What is not asked for is kept by the client all the same, until the command that it comes in has ended.
    const flood = setInterval(() => client.stats().received > MOST_RECEIVED && client.close(), LOOK_EVERY_MS);
    try {
      await this.call('connecting', client.connect());
      await this.call('opening the folder', client.mailboxOpen(this.endpoint.folder));
      const answer = await work(this.folderOf(client));
      await Promise.race([client.logout(), elapsed(FAREWELL_MS)]).catch(() => undefined);
      return answer;
    } finally {
      clearTimeout(timer);
      clearInterval(flood);
      this.client = undefined;
      client.close();
    }
  }

  /** Breaks a visit off, for the process is stopping. */
  abort(): void {
    this.client?.close();
  }

  private connectionTo(): ImapFlow {
    const { host, port, secure, requireTls, verifyCertificate, user, password } = this.endpoint;
    const { callMs } = this.patience;
    return new ImapFlow({
      host,
      port,
      secure,
      ...(requireTls ? { doSTARTTLS: true } : {}),
      auth: { user, pass: password },
      tls: { rejectUnauthorized: verifyCertificate },
      // Its log has addresses and folders in it; what matters we say ourselves.
      logger: false,
      clientInfo: { name: 'Ritorno' },
      disableAutoIdle: true,
      disableCompression: true,
      connectionTimeout: callMs,
      greetingTimeout: callMs,
      socketTimeout: callMs,
      maxLiteralSize: LARGEST_NOTICE + 1,
      maxLineLength: ROOM_FOR_ENVELOPE,
      maxResponseSize: LARGEST_NOTICE + 1 + ROOM_FOR_ENVELOPE,
      maxResponseTokens: 10_000,
    });
  }

  private folderOf(client: ImapFlow): OpenFolder {
    const made = new Set<string>();
    return {
      lying: async (skip, limit) => {
        const exists = client.mailbox === false ? 0 : client.mailbox.exists;
        if (exists <= skip) return [];
        const range = `${skip + 1}:${Math.min(exists, skip + limit)}`;
        const found = await this.call('listing the mails', client.fetchAll(range, { uid: true, size: true }));
        // No more than was asked for, whatever the server sends.
        return found
          .sort((a, b) => a.seq - b.seq)
          .slice(0, limit)
          .map(({ uid, size }) => ({ uid, size: size ?? 0 }));
      },
      read: async ({ uid, size }) => {
        if (size > LARGEST_NOTICE) return null;
        const source = { start: 0, maxLength: LARGEST_NOTICE + 1 };
        const mail = await this.call('reading a mail', client.fetchOne(String(uid), { source }, { uid: true }));
        if (mail === false || mail.source === undefined) return undefined;
        return mail.source.length > LARGEST_NOTICE ? null : mail.source;
      },
      move: async ({ uid }, to) => {
        const folder = this.endpoint[to];
        if (!made.has(folder))
          await this.call(`making the folder ${folder}`, client.mailboxCreate(folder)).catch(ifRefused);
        made.add(folder);
        const moved = await this.call('moving a mail', client.messageMove(String(uid), folder, { uid: true }));
        if (!moved) throw new MailboxRefusal('moving a mail', `the server refuses to move it to ${folder}`);
      },
    };
  }

  /** The answer of a call within its time; after that the connection is cut, for nobody knows where it stands. */
  private async call<T>(doing: string, pending: Promise<T>): Promise<T> {
    const late = Symbol('late');
    const timer = elapsed(this.patience.callMs).then(() => late);
    const answer = await Promise.race([pending, timer]).catch((error: unknown) => {
      const Trouble = this.client?.usable === true ? MailboxRefusal : MailboxTrouble;
      throw new Trouble(doing, this.said(error));
    });
    if (answer !== late) return answer as T;
    pending.catch(() => undefined);
    this.client?.close();
    throw new MailboxTrouble(doing, `no answer in ${this.patience.callMs / 1000} s`);
  }

  private said(error: unknown): string {
    const { authenticationFailed, responseText, code, message } = error as Partial<Record<string, unknown>>;
    const words = [authenticationFailed === true ? 'the login is refused' : '', code, responseText ?? message];
    const text = words.filter((word): word is string => typeof word === 'string' && word !== '').join('; ');
    // A server may repeat what it was told.
    return text.replaceAll(this.endpoint.password, '[password]').replace(/\s+/g, ' ').slice(0, LONGEST_SAID);
  }
}

const LONGEST_SAID = 200;

/** Old servers do not say that a folder is there already: whether it is shows when a mail is moved. */
function ifRefused(error: unknown): void {
  if (!(error instanceof MailboxRefusal)) throw error;
}

function elapsed(ms: number): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, ms).unref();
  });
}
