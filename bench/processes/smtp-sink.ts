import net from 'node:net';

/**
 * An SMTP server that takes everything as fast as it can and counts: as little work per mail as possible, so that the
 * sender is what is measured. It keeps the time of each mail's acceptance.
 */
const accepted: number[] = [];
const recipients = new Set<string>();
/** Bodies as they came, only while asked for. */
let kept: string[] | undefined;

const server = net.createServer((socket) => {
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  let buffer = '';
  let inData = false;
  let recipient = '';
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  say('220 sink ESMTP');
  socket.on('error', () => undefined);
  socket.on('data', (chunk: string) => {
    buffer += chunk;
    for (;;) {
      if (inData) {
        const end = buffer.indexOf('\r\n.\r\n');
        if (end < 0) {
          // Only what could be the beginning of the end has to be kept, unless the bodies are wanted.
          if (!kept) buffer = buffer.slice(-4);
          return;
        }
        kept?.push(buffer.slice(0, end));
        buffer = buffer.slice(end + 5);
        inData = false;
        accepted.push(Date.now());
        recipients.add(recipient);
        say('250 ok');
        continue;
      }
      const newline = buffer.indexOf('\n');
      if (newline < 0) return;
      const line = buffer.slice(0, newline).trim();
      buffer = buffer.slice(newline + 1);
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') say('250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8');
      else if (verb === 'RCPT') {
        recipient = line.slice(8);
        say('250 ok');
      } else if (verb === 'DATA') {
        inData = true;
        buffer = `\r\n${buffer}`;
        say('354 go');
      } else if (verb === 'QUIT') {
        say('221 bye');
        socket.end();
        return;
      } else say('250 ok');
    }
  });
});

process.on('message', (message: { kind: 'listen' | 'reset' | 'count' | 'bodies'; keep?: boolean }) => {
  switch (message.kind) {
    case 'listen':
      server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as net.AddressInfo).port }));
      return;
    case 'reset':
      accepted.length = 0;
      recipients.clear();
      kept = message.keep ? [] : undefined;
      process.send?.({});
      return;
    case 'bodies':
      process.send?.({ bodies: kept ?? [] });
      return;
    case 'count':
      process.send?.({
        count: accepted.length,
        distinct: recipients.size,
        first: accepted[0] ?? 0,
        last: accepted.at(-1) ?? 0,
      });
  }
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
