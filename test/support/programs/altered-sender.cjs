// The service with a guard switched off, named by RITORNO_WITHOUT: what the fault tests find then is what the guard is for.
// node altered-sender.cjs <main.js>
const path = require('node:path');
const main = process.argv[2];
const load = (file) => require(path.join(path.dirname(main), file));

/** Changes the text of one statement; stops when it is not there, so that no guard is off by name only. */
function rewrite(mark, changes) {
  const { Database } = load('platform/database/database.js');
  const query = Database.prototype.query;
  Database.prototype.query = function (sql, values) {
    if (typeof sql === 'string' || !sql.text.includes(mark)) return query.call(this, sql, values);
    let { text } = sql;
    for (const [from, to] of changes) {
      if (!text.includes(from)) {
        process.stderr.write(`the guard was not found: ${from}\n`);
        process.exit(3);
      }
      text = text.replaceAll(from, to);
    }
    return query.call(this, { ...sql, name: sql.name && `${sql.name}-altered`, text }, values);
  };
}

const GUARDS = {
  /** What was past the gate when its process died is simply sent again. */
  uncertain: () =>
    rewrite('with gone as', [
      ["then 'queued' else 'uncertain' end", "then 'queued' else 'queued' end"],
      ["case m.status when 'claimed' then $1::timestamptz end", '$1::timestamptz'],
    ]),
  /** What a dead process held is never taken from it. */
  recovery: () => rewrite('with gone as', [['lease_until < clock_timestamp()', 'false']]),
  /** The gate opens, and outcomes are written, whoever holds the message by now. */
  token: () =>
    rewrite('with entry as', [
      ['and m.claim_token = e.token', ''],
      [
        '(m.status, e.status) in (select * from unnest((select $10::text[]), (select $11::text[])))',
        '($10::text[] || $11::text[]) is not null',
      ],
      [
        "m.claim_token = g.token and m.status = 'claimed' and m.lease_until > clock_timestamp() as ours",
        'true as ours',
      ],
      ['and m.claim_token = j.token', ''],
    ]),
  /** A stop does not wait for the mails on the wire. */
  drain: () => {
    load('messages/jobs/send-engine.js').SendEngine.prototype.drain = () => Promise.resolve();
    process.on('SIGTERM', () => setTimeout(() => process.exit(0), 50));
  },
};

GUARDS[process.env.RITORNO_WITHOUT]();
require(main);
