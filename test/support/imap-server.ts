import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** What a server does in place of an answer. A text is sent as it stands; `silence` never answers; `cut` hangs up. */
export type ImapAct = { say: string } | 'silence' | 'cut' | undefined;

interface StoredMail {
  uid: number;
  raw: Buffer;
  deleted: boolean;
}

export interface ImapServer {
  /** `imap://user:password@127.0.0.1:<port>` */
  url: string;
  /** Mails by folder. */
  folders: Map<string, StoredMail[]>;
  /** What was asked, without tags and passwords. */
  commands: string[];
  connections(): number;
  deliver(raw: Buffer | string, folder?: string): number;
  stop(): Promise<void>;
}

/** How it differs from a good server. */
export interface ImapScript {
  capabilities?: readonly string[];
  greeting?: string;
  /** Asked before each command; what it returns takes the place of the answer. */
  onCommand?: (verb: string, line: string, tag: string) => ImapAct;
}

export const IMAP_PASSWORD = 'a-password-that-nobody-may-log';

/** A small IMAP4rev1 server on loopback, on a free port: what a client that reads, copies and moves mails needs. */
export async function startImapServer(script: ImapScript = {}): Promise<ImapServer> {
  const folders = new Map<string, StoredMail[]>([['INBOX', []]]);
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  let connected = 0;
  let lastUid = 0;
  const server: Server = createServer((socket) => {
    connected++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    new Session(socket, script, folders, commands, () => ++lastUid);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `imap://bounces:${IMAP_PASSWORD}@127.0.0.1:${(server.address() as AddressInfo).port}`,
    folders,
    commands,
    connections: () => connected,
    deliver: (raw, folder = 'INBOX') => {
      const uid = ++lastUid;
      folders.set(folder, [...(folders.get(folder) ?? []), { uid, raw: Buffer.from(raw), deleted: false }]);
      return uid;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

const unquoted = (text: string): string => text.trim().replace(/^"(.*)"$/, '$1');

/** One connection. */
class Session {
  private buffered = '';
  private selected = '';

  constructor(
    private readonly socket: Socket,
    private readonly script: ImapScript,
    private readonly folders: Map<string, StoredMail[]>,
    private readonly commands: string[],
    private readonly nextUid: () => number,
  ) {
    const greeting = script.greeting ?? '* OK ready\r\n';
    if (greeting !== '') socket.write(greeting);
    socket.on('data', (chunk) => this.take(chunk.toString('latin1')));
  }

  private get mails(): StoredMail[] {
    return this.folders.get(this.selected) ?? [];
  }

  private take(text: string): void {
    this.buffered += text;
    for (let end = this.buffered.indexOf('\r\n'); end >= 0; end = this.buffered.indexOf('\r\n')) {
      const line = this.buffered.slice(0, end);
      this.buffered = this.buffered.slice(end + 2);
      this.answer(line);
    }
  }

  private answer(line: string): void {
    const [, tag = '*', asked = '', rest = ''] = /^(\S+) ((?:UID )?\S+) ?(.*)$/i.exec(line) ?? [];
    const verb = asked.toUpperCase();
    this.commands.push(/^(LOGIN|AUTHENTICATE)$/.test(verb) ? verb : `${verb} ${rest}`.trim());
    const act = this.script.onCommand?.(verb, rest, tag);
    if (act === 'silence') return;
    if (act === 'cut') this.socket.destroy();
    else if (act) this.socket.write(act.say, 'latin1');
    else this.obey(verb, rest, tag);
  }

  private obey(verb: string, rest: string, tag: string): void {
    const capabilities = ['IMAP4rev1', 'UIDPLUS', 'MOVE', ...(this.script.capabilities ?? [])].join(' ');
    switch (verb) {
      case 'CAPABILITY':
        return this.say(`* CAPABILITY ${capabilities}`, `${tag} OK done`);
      case 'LOGIN':
        return this.say(
          rest.includes(IMAP_PASSWORD)
            ? `${tag} OK [CAPABILITY ${capabilities}] in`
            : `${tag} NO [AUTHENTICATIONFAILED] ${rest}`,
        );
      case 'LIST':
        return this.list(rest, tag);
      case 'SELECT':
        return this.select(unquoted(rest), tag);
      case 'CREATE':
        return this.create(unquoted(rest), tag);
      case 'FETCH':
      case 'UID FETCH':
        return this.fetch(verb, rest, tag);
      case 'UID MOVE':
        return this.move(rest, tag);
      case 'LOGOUT':
        this.say('* BYE', `${tag} OK bye`);
        return void this.socket.end();
      default:
        return this.say(`${tag} OK done`);
    }
  }

  private list(rest: string, tag: string): void {
    const pattern = unquoted(rest.replace(/^"" /, ''));
    const known = [...this.folders.keys()].filter((name) => pattern === '*' || name === pattern);
    this.say(...known.map((name) => `* LIST () "/" "${name}"`), `${tag} OK done`);
  }

  private select(folder: string, tag: string): void {
    if (!this.folders.has(folder)) return this.say(`${tag} NO [NONEXISTENT] no such folder`);
    this.selected = folder;
    const heads = ['* FLAGS (\\Seen \\Deleted)', `* ${this.mails.length} EXISTS`, '* OK [UIDVALIDITY 1] valid'];
    this.say(...heads, `* OK [UIDNEXT ${this.nextUid()}] next`, `${tag} OK [READ-WRITE] selected`);
  }

  private create(folder: string, tag: string): void {
    if (this.folders.has(folder)) return this.say(`${tag} NO [ALREADYEXISTS] there`);
    this.folders.set(folder, []);
    this.say(`${tag} OK created`);
  }

  private fetch(verb: string, rest: string, tag: string): void {
    const [range = '', items = ''] = rest.split(/ (.*)/s);
    const [from = 0, to = from] = range.split(':').map(Number);
    for (const [i, mail] of this.mails.entries()) {
      const at = verb === 'FETCH' ? i + 1 : mail.uid;
      if (at < from || at > to) continue;
      const head = `* ${i + 1} FETCH (UID ${mail.uid} RFC822.SIZE ${mail.raw.length}`;
      const part = /BODY(?:\.PEEK)?\[\]<(\d+)\.(\d+)>/i.exec(items);
      if (!part) this.say(`${head})`);
      else {
        const body = mail.raw.subarray(Number(part[1]), Number(part[1]) + Number(part[2]));
        this.socket.write(`${head} BODY[]<${part[1]}> {${body.length}}\r\n`);
        this.socket.write(body);
        this.socket.write(')\r\n');
      }
    }
    this.say(`${tag} OK done`);
  }

  private move(rest: string, tag: string): void {
    const [uid = '', to = ''] = rest.split(/ (.*)/s);
    const target = this.folders.get(unquoted(to));
    const at = this.mails.findIndex((mail) => mail.uid === Number(uid));
    const mail = this.mails[at];
    if (!target) return this.say(`${tag} NO [TRYCREATE] no such folder`);
    if (!mail) return this.say(`${tag} OK nothing moved`);
    this.mails.splice(at, 1);
    target.push({ ...mail, uid: this.nextUid() });
    this.say(`* ${at + 1} EXPUNGE`, `${tag} OK moved`);
  }

  private say(...lines: string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(''));
  }
}
