import { openSync, writeSync } from 'node:fs';
import net from 'node:net';

/** A mail that the sink took over with a 2xx. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** With its angle brackets; empty when the mail had none. */
  messageId: string;
  /** As received, the final dot and its CRLF left out. */
  octets: Buffer;
}

/**
 * Send this line; say nothing and keep the connection; close it with FIN; destroy it (RST where data is unread); reset it
 * (RST in any case). `say` is sent before that, octet by octet where `every` (ms) is given; `taken` counts the mail as
 * taken over although no answer tells of it.
 */
export type SinkAction =
  string | { do: 'silence' | 'end' | 'drop' | 'reset'; say?: string; every?: number; taken?: boolean };

/** Where a test takes over from the polite server. Undefined: the usual reply. */
export interface SinkScript {
  onConnect?(connection: number): SinkAction | undefined;
  onCommand?(verb: string, line: string, connection: number): SinkAction | undefined | Promise<SinkAction | undefined>;
  /** Octets of the body seen so far, before the final dot. */
  onBody?(octets: number, connection: number): SinkAction | undefined;
  /** After the final dot, before the answer. */
  onMail?(mail: ReceivedMail, connection: number): SinkAction | undefined | Promise<SinkAction | undefined>;
}

export interface SinkOptions {
  /** One JSON line per accepted mail, written before the 250: the judge of what was sent. */
  log?: string;
  /** False keeps no bodies (many mails). */
  keepOctets?: boolean;
  port?: number;
  extensions?: string[];
}

export interface SmtpSink {
  port: number;
  url: string;
  mails: ReceivedMail[];
  /** Final dots seen, whatever was answered. */
  dots: number;
  /** Connections made so far. */
  connections: number;
  to(address: string): ReceivedMail[];
  stop(): Promise<void>;
}

const END = Buffer.from('\r\n.\r\n');

/** A small scripted SMTP server on a free port of loopback: the other side of the tests, and their judge. */
export async function startSmtpSink(script: SinkScript = {}, options: SinkOptions = {}): Promise<SmtpSink> {
  const sockets = new Set<net.Socket>();
  const log = options.log === undefined ? undefined : openSync(options.log, 'a');
  const sink: SmtpSink = {
    port: 0,
    url: '',
    mails: [],
    dots: 0,
    connections: 0,
    to: (address) => sink.mails.filter((mail) => mail.to.includes(address)),
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
  const accept = (mail: ReceivedMail): void => {
    if (log !== undefined)
      writeSync(log, `${JSON.stringify({ messageId: mail.messageId, to: mail.to, at: Date.now() })}\n`);
    sink.mails.push(options.keepOctets === false ? { ...mail, octets: Buffer.alloc(0) } : mail);
  };
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    new Conversation(
      socket,
      ++sink.connections,
      script,
      options.extensions ?? ['PIPELINING', '8BITMIME'],
      sink,
      accept,
    ).greet();
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  sink.port = (server.address() as net.AddressInfo).port;
  sink.url = `smtp://127.0.0.1:${sink.port}`;
  return sink;
}

class Conversation {
  private buffer: Buffer = Buffer.alloc(0);
  private body: Buffer[] | undefined;
  private size = 0;
  private from = '';
  private to: string[] = [];
  private busy = false;

  constructor(
    private readonly socket: net.Socket,
    private readonly number: number,
    private readonly script: SinkScript,
    private readonly extensions: string[],
    private readonly sink: SmtpSink,
    private readonly accept: (mail: ReceivedMail) => void,
  ) {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      this.take(chunk);
      void this.work();
    });
  }

  greet(): void {
    this.act(this.script.onConnect?.(this.number) ?? '220 sink.test ESMTP');
  }

  private take(chunk: Buffer): void {
    this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (!this.socket.destroyed && (this.body === undefined ? await this.command() : await this.data()));
    this.busy = false;
  }

  private async command(): Promise<boolean> {
    const end = this.buffer.indexOf(10);
    if (end < 0) return false;
    const line = this.buffer.toString('latin1', 0, end).trimEnd();
    this.buffer = this.buffer.subarray(end + 1);
    const verb = (line.split(/[ :]/)[0] ?? '').toUpperCase();
    const scripted = await this.script.onCommand?.(verb, line, this.number);
    if (scripted === undefined) this.act(this.reply(verb, line));
    else {
      // What says 354 waits for the body, whatever else it does.
      if (typeof scripted !== 'string' && scripted.say?.startsWith('354')) this.reply(verb, line);
      this.act(scripted);
    }
    return true;
  }

  private reply(verb: string, line: string): SinkAction {
    const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
    switch (verb) {
      case 'EHLO':
        return ['sink.test', ...this.extensions]
          .map((text, i, all) => `250${i < all.length - 1 ? '-' : ' '}${text}`)
          .join('\r\n');
      case 'MAIL':
        this.from = address;
        this.to = [];
        return '250 2.1.0 ok';
      case 'RCPT':
        this.to.push(address);
        return '250 2.1.5 ok';
      case 'DATA':
        if (this.to.length === 0) return '503 5.5.1 no valid recipients';
        this.body = [];
        this.size = 0;
        return '354 go ahead';
      case 'RSET':
        this.to = [];
        return '250 ok';
      case 'QUIT':
        this.socket.end('221 bye\r\n');
        return { do: 'silence' };
      default:
        return '250 ok';
    }
  }

  private async data(): Promise<boolean> {
    if (this.buffer.length === 0) return false;
    const body = this.body ?? [];
    body.push(this.buffer);
    this.size += this.buffer.length;
    this.buffer = Buffer.alloc(0);
    const tail = Buffer.concat(body.slice(-3).map((part) => part.subarray(-5))).subarray(-5);
    if (!tail.equals(END) && this.size !== 3) {
      const scripted = this.script.onBody?.(this.size, this.number);
      if (scripted !== undefined) this.act(scripted);
      return false;
    }
    this.body = undefined;
    this.sink.dots++;
    const octets = Buffer.concat(body);
    const mail = {
      from: this.from,
      to: this.to,
      messageId: messageIdOf(octets),
      octets: octets.subarray(0, octets.length - 3),
    };
    const scripted = (await this.script.onMail?.(mail, this.number)) ?? '250 2.0.0 queued';
    if (typeof scripted === 'string' ? scripted.startsWith('2') : scripted.taken === true) this.accept(mail);
    this.to = [];
    this.act(scripted);
    return true;
  }

  private act(action: SinkAction): void {
    if (typeof action === 'string') {
      if (this.socket.writable) this.socket.write(`${action}\r\n`);
    } else if (action.say === undefined) this.part(action.do);
    else void this.sayAndPart(`${action.say}\r\n`, action.do, action.every);
  }

  private async sayAndPart(text: string, how: 'silence' | 'end' | 'drop' | 'reset', every?: number): Promise<void> {
    const pieces = every === undefined ? [text] : text.split(/(?=[^])/);
    for (const piece of pieces) {
      if (!this.socket.writable) return;
      await new Promise((written) => this.socket.write(piece, written));
      if (every !== undefined) await new Promise((done) => setTimeout(done, every));
    }
    this.part(how);
  }

  private part(how: 'silence' | 'end' | 'drop' | 'reset'): void {
    if (how === 'end') this.socket.end();
    else if (how === 'drop') this.socket.destroy();
    else if (how === 'reset') this.socket.resetAndDestroy();
  }
}

function messageIdOf(octets: Buffer): string {
  const end = octets.indexOf('\r\n\r\n');
  return /^Message-ID: *(<[^>]*>)/im.exec(octets.toString('latin1', 0, end < 0 ? octets.length : end))?.[1] ?? '';
}
