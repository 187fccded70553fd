import net, { type AddressInfo } from 'node:net';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/platform/database/data-source';

const message = (kind: string, body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(kind), length, body]);
};
const WELCOME = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]);
const GOODBYE = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'));

it('a connection that ends in the moment it begins fails who asked for it, not the process', async () => {
  const server = net.createServer((socket) =>
    socket.once('data', () => socket.end(Buffer.concat([WELCOME, GOODBYE]))).on('error', () => undefined),
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const source = new DataSource(dataSourceOptions({ url: `postgres://nobody@127.0.0.1:${port}/none` }));
  await expect(source.initialize()).rejects.toThrow();
  server.close();
});
