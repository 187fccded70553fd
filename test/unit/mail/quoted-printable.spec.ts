import fc from 'fast-check';
import { encodeQuotedPrintable, quotedPrintableBound } from '../../../src/platform/mail/quoted-printable';

function encode(text: string): string {
  const source = Buffer.from(text);
  const out = Buffer.alloc(quotedPrintableBound(source.length));
  return out.subarray(0, encodeQuotedPrintable(source, out, 0)).toString('latin1');
}

function decode(encoded: string): string {
  const octets = encoded
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(octets, 'latin1').toString('utf8');
}

describe('quoted-printable', () => {
  it.each([
    ['Ciao', 'Ciao'],
    ['a=b', 'a=3Db'],
    ['è', '=C3=A8'],
    ['line\nnext\r\nlast\rend', 'line\r\nnext\r\nlast\r\nend'],
    ['blank \nend\t', 'blank=20\r\nend=09'],
    ['.hidden\n..', '=2Ehidden\r\n=2E.'],
    ['a.b', 'a.b'],
    ['', ''],
  ])('%j becomes %j', (text, wanted) => {
    expect(encode(text)).toBe(wanted);
  });

  it('breaks lines softly at 76 characters and never puts a dot first', () => {
    const lines = encode(`${'x'.repeat(75)}.${'='.repeat(60)}`).split('\r\n');
    expect(lines.every((line) => line.length <= 76)).toBe(true);
    expect(lines.some((line) => line.startsWith('.'))).toBe(false);
  });

  it('gives back any text, in short ASCII lines that need no dot-stuffing', () => {
    const piece = fc.oneof(
      fc.constantFrom('.', '\n', '\r\n', ' ', '\t', '=', 'è', '🎁', 'x'.repeat(70)),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('').replace(/\r(?!\n)/g, '');
        const encoded = encode(text);
        expect(encoded).toMatch(/^[\t\r\n -~]*$/);
        for (const line of encoded.split('\r\n')) {
          expect(line.length).toBeLessThanOrEqual(76);
          expect(line).not.toMatch(/^\.|[ \t\r\n]$/);
        }
        expect(decode(encoded)).toBe(Buffer.from(text.replace(/\r?\n/g, '\r\n')).toString('utf8'));
      }),
    );
  });
});
