import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { type Answer, decode, encode, RECURSION_DESIRED } from 'dns-packet';

/** What stands in DNS, by name in lower case. */
export type Zone = Record<string, { txt?: string[]; mx?: string[] }>;

export interface DnsStub {
  /** Asks this server alone. */
  resolver: Resolver;
  /** The same, and soon gives up. */
  hasty: Resolver;
  zone: Zone;
  /** True: it answers nothing. */
  silent: boolean;
  close(): Promise<void>;
}

/** A name server on loopback that knows TXT and MX records: the DNS of tests. What it does not know does not exist. */
export async function startDnsStub(): Promise<DnsStub> {
  const socket = createSocket('udp4');
  const stub: DnsStub = {
    resolver: new Resolver({ timeout: 30_000, tries: 1 }),
    hasty: new Resolver({ timeout: 100, tries: 1 }),
    zone: {},
    silent: false,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (message, { port, address }) => {
    if (stub.silent) return;
    const { id, questions = [] } = decode(message);
    const answers = questions.flatMap(({ name, type }) => answersOf(stub.zone, name, type));
    socket.send(encode({ type: 'response', id: id ?? 0, flags: RECURSION_DESIRED, questions, answers }), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  for (const resolver of [stub.resolver, stub.hasty]) resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return stub;
}

function answersOf(zone: Zone, name: string, type: string): Answer[] {
  const { txt = [], mx = [] } = zone[name.toLowerCase()] ?? {};
  if (type === 'TXT') return txt.map((text) => ({ type, name, ttl: 1, data: text.match(/.{1,255}/g) ?? [''] }));
  if (type !== 'MX') return [];
  return mx.map((exchange, at) => ({ type, name, ttl: 1, data: { preference: at + 1, exchange } }));
}
