// The service with one guard switched off: what was past the gate when its process died is simply sent again.
// node forgetful-sender.cjs <main.js>
const path = require('node:path');
const main = process.argv[2];
const { Database } = require(path.join(path.dirname(main), 'platform/database/database.js'));

const query = Database.prototype.query;
Database.prototype.query = function (sql, values) {
  if (typeof sql === 'string' || !sql.text.includes('with gone as')) return query.call(this, sql, values);
  const text = sql.text
    .replace("then 'queued' else 'uncertain' end", "then 'queued' else 'queued' end")
    .replace("case m.status when 'claimed' then $1::timestamptz end", '$1::timestamptz');
  if (text === sql.text || text.includes("'uncertain'")) {
    process.stderr.write('the guard was not found\n');
    process.exit(3);
  }
  return query.call(this, { ...sql, text }, values);
};

require(main);
