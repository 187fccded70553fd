import http from 'node:http';

/** Requests to make: all of one method, each with its own path, headers and body. */
interface Load {
  port: number;
  method: string;
  connections: number;
  requests: Array<{ path: string; headers?: Record<string, string>; body?: string }>;
  expect: number;
}

/** Makes the requests over keep-alive connections, each as soon as the one before it is answered. */
async function run(load: Load): Promise<{ seconds: number; first: number; wrong: number }> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: load.connections });
  let next = 0;
  let wrong = 0;
  const started = Date.now();
  const worker = async (): Promise<void> => {
    for (;;) {
      const request = load.requests[next++];
      if (!request) return;
      const status = await send(agent, load, request);
      if (status !== load.expect) wrong++;
    }
  };
  await Promise.all(Array.from({ length: load.connections }, worker));
  agent.destroy();
  return { seconds: (Date.now() - started) / 1000, first: started, wrong };
}

function send(agent: http.Agent, load: Load, request: Load['requests'][number]): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = http.request(
      { agent, host: '127.0.0.1', port: load.port, method: load.method, path: request.path, headers: request.headers },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    call.on('error', reject);
    call.end(request.body);
  });
}

process.on('message', (load: Load) => {
  run(load).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
