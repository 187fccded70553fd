import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { csvStream, csvText } from '../../../src/platform/http/csv';

describe('CSV', () => {
  it('writes a header, CRLF, and quotes what needs it', () => {
    expect(csvText(['a', 'b'], [['x,y', 'say "hi"']])).toBe('a,b\r\n"x,y","say ""hi"""\r\n');
  });

  it('writes numbers, booleans, instants and nothing', () => {
    const at = new Date('2026-03-01T08:00:00Z');
    expect(csvText(['n', 'b', 'd', 'e', 'u'], [[-0.25, true, at, null, undefined]])).toBe(
      'n,b,d,e,u\r\n-0.25,true,2026-03-01T08:00:00.000Z,,\r\n',
    );
  });

  it.each(['=1+1', '+39 055', '-cmd', '@SUM(A1)', '\tx', '\rx'])('defuses the cell %j', (cell) => {
    const [row] = parse(csvText(['a'], [[cell]]), { from_line: 2 });
    expect(row).toEqual([`'${cell}`]);
  });

  it('defuses the header too: it may hold names given by people', () => {
    expect(csvText(['=evil'], [])).toBe("'=evil\r\n");
  });

  it('gives back any text that is no formula', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const [row] = parse(csvText(['a', 'b'], [[text, 'end']]), { from: 2 });
        expect(row?.[0]).toBe(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
      }),
    );
  });

  it('streams pages under one header, an empty one included', async () => {
    async function* pages() {
      yield [[1, '=x']];
      yield [];
      yield [[2, 'y']];
    }
    let text = '';
    for await (const chunk of csvStream(['a', 'b'], pages())) text += String(chunk);
    expect(text).toBe(
      csvText(
        ['a', 'b'],
        [
          [1, '=x'],
          [2, 'y'],
        ],
      ),
    );
  });
});
