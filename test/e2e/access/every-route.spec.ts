import { ROLES, type Role } from '../../../src/access/roles';
import { startTestApp, type TestApp } from '../../support/app';
import { type Route, routesOf } from '../../support/routes';

/** What the marketer owns (`api.md` 2; loyalty, the messages whose fate is unknown and the last two are ours), by the first words of the path. */
const MARKETING =
  /^(templates|segments|campaigns|surveys|coupon-pools|calendar|calendar\.ics|messages|uncertain|suppressions|imports|settings\/(topics|contact-policy|loyalty)|simulations|blueprints)(\/|$)/;
/** The page names the first three; what a shop asks for on behalf of a person ends in that person's whole export. */
const ADMIN_ONLY_READS = /^(api-keys|sources|audit-log|shop-requests)(\/|$)/;

/**
 * The table of `api.md` 2, as a function written from the page and not from the code: who may call a route, apart from
 * the admin, who may call all of them.
 */
function mayCall(role: Exclude<Role, 'admin'>, method: string, path: string): boolean {
  const reads = method === 'GET';
  const customers = /^customers(\/|$)/.test(path);
  // Ours: the shop shows people their points and their code, and takes points as payment.
  const points = path === 'customers/:id/points' || (reads && path === 'customers/:id/referral');
  switch (role) {
    case 'storefront':
      if (path === 'events') return method === 'POST';
      if (points) return true;
      if (/^imports(\/|$)/.test(path)) return true;
      if (/^customers(\/:\w+)?$/.test(path)) return reads || method === 'PATCH' || method === 'PUT';
      return reads && /^(orders|products)(\/|$)/.test(path);
    case 'marketer':
      if (MARKETING.test(path) || points) return true;
      if (/^customers\/:\w+$/.test(path)) return reads || method === 'PATCH' || method === 'PUT';
      return reads && (customers || /^(reports|settings|orders|products)(\/|$)/.test(path));
    case 'analyst':
      return reads && !ADMIN_ONLY_READS.test(path);
    default:
      return role satisfies never;
  }
}

/** Routes without a key: tokens and signatures are their credentials, or there is nothing to protect. */
const OPEN = [/^\/(t|u|p|c|s|v)\//, /^\/webhooks\//, /^\/health\//, /^\/metrics$/, /^\/inbox(\/|$)/, /^\/assets\//];

const UUID = '01890000-0000-7000-8000-000000000000';

describe('every route with every role', () => {
  let app: TestApp;
  let routes: Route[];
  const keys = new Map<Role, string>();

  beforeAll(async () => {
    app = await startTestApp();
    routes = routesOf(app.app);
    for (const role of ROLES) {
      const made = await app.request('post', '/api/v1/api-keys').send({ name: role, role }).expect(201);
      keys.set(role, (made.body as { key: string }).key);
    }
  });
  afterAll(() => app.close());

  const call = async (route: Route, key: string | null): Promise<number> => {
    const url = app.url + route.path.replace(/:\w+/g, UUID);
    const body = route.method === 'GET' || route.method === 'DELETE' ? undefined : '{}';
    const answer = await fetch(url, {
      method: route.method,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  const isOpen = (route: Route): boolean => OPEN.some((pattern) => pattern.test(route.path));

  it('finds the routes, and each says whom it is for', () => {
    expect(routes.length).toBeGreaterThan(10);
    expect(routes.filter((route) => !route.public && !route.roles).map(({ handler }) => handler)).toEqual([]);
    expect(
      routes.filter((route) => !route.public && !route.path.startsWith('/api/v1/')).map(({ path }) => path),
    ).toEqual([]);
  });

  it('the document names the same routes', async () => {
    const answer = await fetch(`${app.url}/api/openapi.json`);
    const { paths } = (await answer.json()) as { paths: Record<string, object> };
    const told = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m.toUpperCase()} ${path}`),
    );
    const known = routes.map((route) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`);
    for (const one of told) expect(known).toContain(one);
    for (const route of routes.filter(({ path }) => path.startsWith('/api/v1/')))
      expect(told).toContain(`${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`);
  });

  it('nothing but tokens, signatures and health is open', () => {
    expect(
      routes.filter((route) => route.public !== isOpen(route)).map(({ method, path }) => `${method} ${path}`),
    ).toEqual([]);
  });

  it('lets in exactly whom the table names', async () => {
    const wrong: string[] = [];
    for (const route of routes.filter(({ public: open }) => !open)) {
      const path = route.path.replace('/api/v1/', '');
      for (const role of ROLES) {
        const expected = role === 'admin' || mayCall(role, route.method, path);
        const status = await call(route, keys.get(role)!);
        if ((status !== 403) !== expected || status === 401 || status >= 500)
          wrong.push(`${role} ${route.method} ${route.path}: ${status}, ${expected ? 'may' : 'may not'}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('knows nobody without a key, or with one that does not exist', async () => {
    const wrong: string[] = [];
    for (const route of routes.filter(({ public: open }) => !open)) {
      for (const key of [null, 'rit_wrong']) {
        const status = await call(route, key);
        if (status !== 401) wrong.push(`${route.method} ${route.path}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('open routes answer garbage without a fault of ours, and never ask for a key', async () => {
    const wrong: string[] = [];
    for (const route of routes.filter(({ public: open }) => open)) {
      const status = await call(route, null);
      if (status >= 500 || status === 403) wrong.push(`${route.method} ${route.path}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });
});
