import { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { type AddressInfo } from 'node:net';

/** A certificate for this machine that nobody trusts; its key is no secret. */
const CERT = `-----BEGIN CERTIFICATE-----
MIIBrjCCAVSgAwIBAgIULzjVGBm6urPiTuQcP9W3lBWvlLYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjAyMDQwMFoYDzIxMjYxMDI5
MDIwNDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASv2Qm4EJ8YIDBN8E9jzpKKrErnzGfnY30Q/6PvPHs0nOFvra7sUFFr
ssoJoy1S5o42bDfTbQPq/iVg6T1+qJ91o4GBMH8wHQYDVR0OBBYEFL0NKUgf2xsH
yRGF3+9rWDF1KiRKMB8GA1UdIwQYMBaAFL0NKUgf2xsHyRGF3+9rWDF1KiRKMA8G
A1UdEwEB/wQFMAMBAf8wLAYDVR0RBCUwI4IJbG9jYWxob3N0hwR/AAABhxAAAAAA
AAAAAAAAAAAAAAABMAoGCCqGSM49BAMCA0gAMEUCIDlWegFm0fjmDrEry8U7olwu
hvk/4dhsuWbAkp57PmmZAiEAlBVwowUEDL5mn8LphMJg69ffUo69FMtWF3rgDtWL
QJw=
-----END CERTIFICATE-----`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8Cfx5Od6Kc7sfzDF
mOIr7e3sadmxP4SSve1JbBWueO+hRANCAASv2Qm4EJ8YIDBN8E9jzpKKrErnzGfn
Y30Q/6PvPHs0nOFvra7sUFFrssoJoy1S5o42bDfTbQPq/iVg6T1+qJ91
-----END PRIVATE KEY-----`;

export interface ReceivedHook {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What a receiver answers; `hang` never does. */
export interface HookAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
  hang?: boolean;
}

/** A receiver of webhooks over https on this machine, with a log of its own. */
export interface HookSink {
  /** `https://127.0.0.1:<port>` */
  url: string;
  received: ReceivedHook[];
  /** How it answers from now on; a function is asked for each. */
  answer(next: HookAnswer | ((hook: ReceivedHook) => HookAnswer)): void;
  close(): Promise<void>;
}

export async function startHookSink(): Promise<HookSink> {
  const received: ReceivedHook[] = [];
  let next: HookAnswer | ((hook: ReceivedHook) => HookAnswer) = { status: 204 };
  const server = https.createServer({ cert: CERT, key: KEY }, (request, reply) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const hook = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString('utf8') };
      received.push(hook);
      const answer = typeof next === 'function' ? next(hook) : next;
      if (!answer.hang) reply.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    received,
    answer: (answer) => {
      next = answer;
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
