/**
 * The one ordered list of modules: a module imports only from those before it (and from the foundation, and from
 * itself). Everything that checks the order is generated from here.
 */
exports.FOUNDATION = ['kernel', 'platform'];

exports.CHAIN = [
  'access',
  'customers',
  'orders',
  'catalog',
  'incentives',
  'predictions',
  'segments',
  'surveys',
  'templates',
  'campaigns',
  'enrollments',
  'messages',
  'bounces',
  'tracking',
  'responses',
  'attribution',
  'reports',
  'profiles',
  'preferences',
  'blueprints',
];

/** Nothing imports these, not even each other. */
exports.EDGES = ['operations', 'storefront', 'webhooks', 'inbox', 'console-host', 'demo', 'cli'];

/** Folders of a module that are nobody else's business. */
exports.INNER_FOLDERS = ['domain', 'data', 'http', 'jobs'];
