/** A report of RFC 3464 as a server sends it. `to` is where it comes back to, `original` the header that it returns. */
export function returnedMail(report: {
  to: string;
  recipient: string;
  status: string;
  diagnostic: string;
  action?: string;
  original?: readonly string[];
}): Buffer {
  const { to, recipient, status, diagnostic, action = 'failed', original = ['Subject: Ciao'] } = report;
  return Buffer.from(
    [
      'Return-Path: <>',
      'From: Mail Delivery System <MAILER-DAEMON@mx.example.net>',
      `To: ${to}`,
      'Subject: Undelivered Mail Returned to Sender',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      `Your message to ${recipient} could not be delivered.`,
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.example.net',
      '',
      `Final-Recipient: rfc822; ${recipient}`,
      `Action: ${action}`,
      `Status: ${status}`,
      `Diagnostic-Code: smtp; ${diagnostic}`,
      '',
      '--b',
      'Content-Type: text/rfc822-headers',
      '',
      ...original,
      '',
      '--b--',
      '',
    ].join('\r\n'),
  );
}

/** A complaint of RFC 5965. */
export function complaintMail(original: readonly string[]): Buffer {
  return Buffer.from(
    [
      'From: fbl@provider.example',
      'To: abuse@shop.example',
      'Subject: FW: Ciao',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'This is an email abuse report.',
      '--b',
      'Content-Type: message/feedback-report',
      '',
      'Feedback-Type: abuse',
      'Version: 1',
      '',
      '--b',
      'Content-Type: message/rfc822',
      '',
      ...original,
      '',
      'Ciao',
      '--b--',
      '',
    ].join('\r\n'),
  );
}
