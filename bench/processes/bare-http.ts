import http from 'node:http';
import { type AddressInfo } from 'node:net';
import fastify from 'fastify';

const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** The bare limits that HTTP rows are held against: node's own server with a GIF, Fastify with a parsed JSON post. */
process.on('message', (message: { kind: 'node' | 'fastify' }) => {
  switch (message.kind) {
    case 'node': {
      const server = http.createServer((_request, reply) => {
        reply.writeHead(200, { 'content-type': 'image/gif', 'content-length': GIF.length });
        reply.end(GIF);
      });
      server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
      return;
    }
    case 'fastify': {
      const app = fastify();
      app.post('/webhooks/:key', (_request, reply) => reply.status(202).send({ id: 'x', duplicate: false }));
      void app
        .listen({ port: 0, host: '127.0.0.1' })
        .then(() => process.send?.({ port: (app.server.address() as AddressInfo).port }));
    }
  }
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
