import { type BounceClass, classifyRefused, type SmtpStage } from './bounce-class';
import { CHALLENGE } from './bounce-phrases';
import { addressesIn, flat, noticeOf, partAbout, replyIn, repliesIn, stageSaid, statusIn } from './bounce-text';
import { type RecipientStatus, recipientsOf, reportBlocks } from './delivery-status';

/** A mail that came back to us, taken apart. */
export interface BounceMail {
  /** Header fields, names in lower case, first of each. */
  headers: ReadonlyMap<string, string>;
  /** What a person would read. */
  text: string;
  /** `message/delivery-status` (RFC 3464), as it stands. */
  deliveryStatus: string | null;
  /** `message/feedback-report` (RFC 5965). */
  feedbackReport: string | null;
  /** The mail that it is about, or its header. */
  original: string | null;
}

/** What a mail says of one recipient. */
export interface BounceFinding {
  recipient: string | null;
  class: BounceClass;
  /** A `BounceReason`, the kind of a complaint (RFC 5965) or the action of a report; null where there is none to tell. */
  reason: string | null;
  /** Enhanced status code. */
  status: string | null;
  /** What the server said, one line, 500 characters at most. */
  said: string;
}

const LONGEST_SAID = 500;
const NOT_TO_US = /mailer-daemon@|^(no-?reply|mail-daemon)@/;

/** What a mail that came back means, a row a recipient. A mail that is no notice of any kind gives one `not_a_bounce`. */
export function readBounces(mail: BounceMail): BounceFinding[] {
  const old = oldComplaint(mail);
  if (old) return [old];
  if (mail.feedbackReport !== null) return [complaint(mail, mail.feedbackReport)];
  const told = providerNotice(mail.text);
  if (told) return told;
  const rows = mail.deliveryStatus === null ? [] : recipientsOf(mail.deliveryStatus);
  if (rows.length > 0) return rows.map((row) => fromStatus(row, rows, mail));
  if (isAutoReply(mail))
    return [{ recipient: senderOf(mail), class: 'auto_reply', reason: null, status: null, said: '' }];
  const found = fromText(mail);
  return found.length > 0 ? found : [{ recipient: null, class: 'not_a_bounce', reason: null, status: null, said: '' }];
}

/** RFC 5965. Reports of failed authentication and of what is no spam complain of nothing. */
function complaint(mail: BounceMail, report: string): BounceFinding {
  const fields = reportBlocks(report);
  const read = (name: string): string | null => fields.find((block) => block.has(name))?.get(name) ?? null;
  const kind = (read('feedback-type') ?? 'abuse').toLowerCase();
  const recipient = addressesIn(read('original-rcpt-to') ?? '')[0] ?? recipientOfOriginal(mail.original);
  const complains = !['auth-failure', 'not-spam'].includes(kind);
  return { recipient, class: complains ? 'complaint' : 'not_a_bounce', reason: kind, status: null, said: '' };
}

/** Outlook.com's complaints are a bare copy of the mail with the recipient in a field of its own. */
function oldComplaint({ headers, original }: BounceMail): BounceFinding | undefined {
  if (!/^complaint about message from/i.test(headers.get('subject') ?? '') || original === null) return undefined;
  const recipient = addressesIn(headerLine('x-hmxmroriginalrecipient', original))[0] ?? recipientOfOriginal(original);
  return { recipient, class: 'complaint', reason: 'abuse', status: null, said: '' };
}

interface SesNotice {
  notificationType?: string;
  eventType?: string;
  complaint?: { complainedRecipients?: Array<{ emailAddress?: string }>; complaintFeedbackType?: string };
  bounce?: {
    bounceType?: string;
    bouncedRecipients?: Array<{ emailAddress?: string; status?: string; diagnosticCode?: string }>;
  };
}

/** A provider's notice that was sent by mail: JSON as text. */
function providerNotice(text: string): BounceFinding[] | undefined {
  const json = /^\s*(\{[\s\S]*?\})\s*(--|$)/.exec(text.replace(/\n--[\s\S]*$/, ''))?.[1];
  if (!json) return undefined;
  let notice: SesNotice;
  try {
    notice = JSON.parse(json.replace(/\r?\n/g, '')) as SesNotice;
  } catch {
    return undefined;
  }
  const kind = notice.notificationType ?? notice.eventType;
  if (kind === 'Complaint') {
    return (notice.complaint?.complainedRecipients ?? []).map(({ emailAddress }) => ({
      recipient: emailAddress?.toLowerCase() ?? null,
      class: 'complaint' as const,
      reason: notice.complaint?.complaintFeedbackType ?? 'abuse',
      status: null,
      said: '',
    }));
  }
  if (kind === 'Bounce') {
    return (notice.bounce?.bouncedRecipients ?? []).map((one) => {
      const said = flat(one.diagnosticCode ?? '');
      return finding(one.emailAddress?.toLowerCase() ?? null, {
        status: one.status ?? null,
        said,
        stage: null,
        reported: true,
      });
    });
  }
  return kind === 'Delivery' ? [] : undefined;
}

function fromStatus(row: RecipientStatus, rows: readonly RecipientStatus[], mail: BounceMail): BounceFinding {
  const { recipient, action } = row;
  const status = row.status;
  const plain = { recipient, status, said: flat(row.diagnostic ?? '').slice(0, LONGEST_SAID) };
  if (status?.startsWith('2.')) return { ...plain, class: 'not_a_bounce', reason: action };
  if (action === 'delayed') return { ...plain, class: 'delayed', reason: 'expired' };
  if (action !== null && ['delivered', 'relayed', 'expanded'].includes(action)) {
    return { ...plain, class: 'not_a_bounce', reason: action };
  }
  const notice = noticeOf(mail.text);
  const others = rows.map((one) => one.recipient).filter((one) => one !== null && one !== recipient) as string[];
  const about = recipient === null ? notice : partAbout(recipient, others, notice);
  // Amazon puts its own reading before the server's: `5.1.0 - Unknown address error 550-'5.7.1 ...'`.
  const diagnostic = flat(row.diagnostic ?? '').replace(/^\d\.\d\.\d - [A-Za-z ]+ (?=\d{3}-')/, '');
  // A server that gives no diagnostic, or an empty phrase, says it in words.
  const tells = /[a-z]{3,}.*[a-z]{3,}/i.test(diagnostic);
  const said = tells ? diagnostic : flat(`${diagnostic} ${about}`);
  return finding(recipient, {
    status,
    said,
    stage: stageOfRow(diagnostic, recipient, notice),
    reported: true,
    beside: flat(about),
  });
}

/** Where in the dialogue a recipient was refused: by the transcript's line about them, else by words. */
function stageOfRow(diagnostic: string, recipient: string | null, notice: string): SmtpStage | null {
  const replies = repliesIn(notice);
  const about = replies.find(({ said }) => diagnostic !== '' && flat(said) !== '' && diagnostic.includes(flat(said)));
  const named = replies.find(({ said }) => recipient !== null && said.toLowerCase().includes(recipient));
  return stageSaid(diagnostic) ?? about?.stage ?? named?.stage ?? replies.at(-1)?.stage ?? stageSaid(notice);
}

/** Notices of old servers, in words alone. */
function fromText(mail: BounceMail): BounceFinding[] {
  const notice = noticeOf(mail.text);
  if (!speaksOfFailure(mail, notice)) return [];
  const sender = new Set([...addressesIn(mail.headers.get('to') ?? ''), ...addressesIn(senderOfOriginal(mail))]);
  const named = addressesIn(mail.headers.get('x-failed-recipients') ?? '');
  const mentioned = addressesIn(notice).filter((address) => !sender.has(address) && !NOT_TO_US.test(address));
  const fallback = recipientOfOriginal(mail.original ?? mail.text.slice(notice.length));
  const recipients = named.length > 0 ? named : mentioned.length > 0 ? mentioned : fallback === null ? [] : [fallback];
  if (recipients.length === 0) return [finding(null, read(notice, notice))];
  return recipients.map((recipient) => {
    const others = recipients.filter((other) => other !== recipient);
    return finding(recipient, read(partAbout(recipient, others, notice), notice, recipient));
  });
}

function read(about: string, notice: string, recipient?: string): Evidence {
  const replies = repliesIn(notice);
  const own = replies.filter(({ said }) => recipient !== undefined && said.toLowerCase().includes(recipient)).at(-1);
  const stage = own?.stage ?? stageSaid(about) ?? stageSaid(notice) ?? replies.at(-1)?.stage ?? null;
  return { status: null, said: flat(about), stage, reported: false };
}

interface Evidence {
  status: string | null;
  said: string;
  stage: SmtpStage | null;
  reported: boolean;
  /** What the notice says to people beside the report. */
  beside?: string;
}

const FULL = /not enough (disk )?space|over ?-?quota|quota exceeded|mailbox (is )?full/i;

function finding(recipient: string | null, { status, said, stage, reported, beside }: Evidence): BounceFinding {
  const inWords = statusIn(said);
  // What the refusing server said itself is closer to the truth than what the reporting one made of it.
  const best = inWords !== null && !/^\d\.0\.0$/.test(inWords) ? inWords : (status ?? inWords);
  let meant = classifyRefused({ status: best, reply: replyIn(said), stage, reported, said });
  // A report that says "unknown" while the notice says "full" gives nobody up.
  if (meant.class === 'hard' && beside !== undefined && FULL.test(beside))
    meant = { class: 'soft', reason: 'mailbox_full' };
  return { recipient, ...meant, status: best, said: said.slice(0, LONGEST_SAID) };
}

const FAILURE_SUBJECT =
  /undeliver|deliver(y|ed)|returned (mail|to sender)|failure|failed|mail (system )?error|could ?n[o']t be|non[ -]?remis|unzustellbar|rejected|warning|permanent error|delayed|bounce|daemon|loop alert|エラー|送信できません/i;
const FAILURE_WORDS =
  /deliver|could ?n[o']t be|fail|reject|refused|unknown|not found|returned|bounce|permanent|undeliverable|problem|unable|error|duplicat|account is|disabled/i;
const FROM_SERVER =
  /mailer-daemon|postmaster|mail delivery|mail-daemon|mdaemon|mail administrator|delivery subsystem|system administrator|mail system/i;

function speaksOfFailure(mail: BounceMail, notice: string): boolean {
  const from = mail.headers.get('from') ?? '';
  const null_ = /^\s*<\s*>\s*$/.test(mail.headers.get('return-path') ?? '');
  const subject = mail.headers.get('subject') ?? '';
  if (mail.headers.has('x-failed-recipients')) return true;
  return (
    (FROM_SERVER.test(from) || null_ || FAILURE_SUBJECT.test(subject)) && FAILURE_WORDS.test(`${subject} ${notice}`)
  );
}

const AWAY =
  /^\s*(re: )?(auto(matic|matische)?[ -:]?(reply|response|antwort)?|out of (the )?office|(i am |i'm )?(away|on vacation|on holiday)|vacation|abwesen|risposta automatica|respuesta autom|réponse automatique|absence|fuori ufficio)/i;

/** RFC 3834, and what came before it. */
function isAutoReply(mail: BounceMail): boolean {
  const { headers } = mail;
  const submitted = headers.get('auto-submitted') ?? '';
  const from = headers.get('from') ?? '';
  const said =
    /^auto-replied/i.test(submitted) ||
    /^(yes|true)/i.test(headers.get('x-autoreply') ?? '') ||
    headers.has('x-autorespond') ||
    headers.has('x-autoresponder') ||
    /auto_?reply/i.test(headers.get('precedence') ?? '') ||
    /vacation|autorespond/i.test(headers.get('x-mailer') ?? '') ||
    AWAY.test(headers.get('subject') ?? '') ||
    isChallenge(mail);
  return said && !FROM_SERVER.test(from) && !headers.has('x-failed-recipients');
}

/** "Please confirm that you are human": a filter asks the sender back, which no machine of ours will answer. */
function isChallenge({ headers, text }: BounceMail): boolean {
  const asks = `${headers.get('subject') ?? ''} ${flat(noticeOf(text)).slice(0, LONGEST_CHALLENGE)}`;
  return headers.has('x-tmda-fingerprint') || CHALLENGE.test(asks);
}

const LONGEST_CHALLENGE = 2_000;

function senderOf(mail: BounceMail): string | null {
  return addressesIn(mail.headers.get('from') ?? '')[0] ?? null;
}

function headerLine(name: string, text: string): string {
  return new RegExp(`^[>\\s]*${name}:\\s*(.*)$`, 'im').exec(text)?.[1] ?? '';
}

function senderOfOriginal(mail: BounceMail): string {
  const original = mail.original ?? mail.text.slice(noticeOf(mail.text).length);
  return `${headerLine('from', original)} ${headerLine('return-path', original)}`;
}

function recipientOfOriginal(original: string | null): string | null {
  return original === null ? null : (addressesIn(headerLine('to', original))[0] ?? null);
}
