import http from 'node:http';
import { type AddressInfo } from 'node:net';
import { ASSORTMENT } from './domain/assortment';

const escape = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export interface ShopFront {
  url: string;
  close(): void;
}

/** The pages that the mails link to, so that every link of the demo answers. */
export async function startShopFront(name: string, port: number): Promise<ShopFront> {
  const byId = new Map(ASSORTMENT.map((product) => [product.externalId, product]));
  const server = http.createServer((request, reply) => {
    const [, kind, rest = ''] = (request.url ?? '/').split('?')[0]?.split('/') ?? [];
    const product = byId.get(rest.replace(/\.svg$/, ''));
    if (kind === 'pictures' && product) {
      reply.writeHead(200, { 'content-type': 'image/svg+xml' });
      reply.end(picture(product.name));
      return;
    }
    reply.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    reply.end(page(name, product ? `${product.name} · € ${product.price}` : 'Everything for coffee and kitchen'));
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', done);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function page(name: string, headline: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(headline)} · ${escape(name)}</title>
<body style="font:16px/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem">
<p>${escape(name)}</p><h1>${escape(headline)}</h1><p>This is the made-up shop of the demo.</p></body></html>`;
}

function picture(label: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="240" viewBox="0 0 240 240">
<rect width="240" height="240" fill="#efe8dc"/><circle cx="120" cy="100" r="52" fill="#2f6b4f"/>
<text x="120" y="200" text-anchor="middle" font-family="sans-serif" font-size="15" fill="#333">${escape(label)}</text></svg>`;
}
