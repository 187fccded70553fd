/** The fields of one block of a machine-readable report (RFC 3464, 5965), names in lower case. */
export type ReportFields = ReadonlyMap<string, string>;

/** What a report says of one recipient. */
export interface RecipientStatus {
  recipient: string | null;
  action: string | null;
  status: string | null;
  diagnostic: string | null;
}

/** Splits a report into its blocks: the first is about the mail, each other about one recipient. */
export function reportBlocks(text: string): ReportFields[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/\n[ \t]*\n/)
    .flatMap((block) => recipientsApart(block))
    .map((block) => fieldsOf(block))
    .filter((fields) => fields.size > 0);
}

/** Some servers forget the empty line between two recipients: a second one begins a block. */
function recipientsApart(block: string): string[] {
  const blocks: string[] = [];
  let lines: string[] = [];
  for (const line of block.split('\n')) {
    if (/^final-recipient:/i.test(line) && lines.some((before) => /^final-recipient:/i.test(before))) {
      blocks.push(lines.join('\n'));
      lines = [];
    }
    lines.push(line);
  }
  return [...blocks, lines.join('\n')];
}

function fieldsOf(block: string): ReportFields {
  const fields = new Map<string, string>();
  // A field goes on in lines that begin with white space; some servers forget it, and go on anyway.
  let name: string | undefined;
  for (const line of block.split('\n')) {
    const field = /^([A-Za-z][A-Za-z0-9-]*):\s*(.*)$/.exec(line);
    if (field) {
      name = (field[1] ?? '').toLowerCase();
      if (!fields.has(name)) fields.set(name, (field[2] ?? '').trim());
      else name = undefined;
    } else if (name !== undefined && line.trim() !== '') {
      fields.set(name, `${fields.get(name) ?? ''} ${line.trim()}`.trim());
    }
  }
  return fields;
}

/** What a delivery status report says, a row a recipient. */
export function recipientsOf(text: string): RecipientStatus[] {
  return reportBlocks(text)
    .filter((fields) => fields.has('final-recipient') || fields.has('original-recipient') || fields.has('action'))
    .map((fields) => ({
      recipient: addressOf(fields.get('original-recipient')) ?? addressOf(fields.get('final-recipient')),
      action:
        fields
          .get('action')
          ?.toLowerCase()
          .split(/[\s;(]/)[0] ?? null,
      status: /[245]\.\d{1,3}\.\d{1,3}/.exec(fields.get('status') ?? '')?.[0] ?? null,
      diagnostic: fields.get('diagnostic-code')?.replace(/^[\w-]+\s*;\s*/, '') ?? null,
    }));
}

/** `rfc822; <Ann@Example.com>` as `ann@example.com`. */
function addressOf(value: string | undefined): string | null {
  const address = value
    ?.replace(/^[\w-]+\s*;\s*/, '')
    .replace(/[<>"]/g, '')
    .trim()
    .toLowerCase();
  return address !== undefined && address.includes('@') ? address : null;
}
