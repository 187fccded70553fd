import fc from 'fast-check';
import { changeableUntil, mayAnswer } from '../../../src/responses/domain/answer-time';
import { LONGEST_COMMENT, parseAmount, readAnswer } from '../../../src/responses/domain/read-answer';
import { type SurveyDefinition } from '../../../src/surveys/surveys.types';

const NPS: SurveyDefinition = {
  key: 'nps',
  name: 'NPS',
  kind: 'nps',
  question: { en: 'Would you recommend us?' },
  questions: null,
  scale: { min: 0, max: 10 },
  choices: null,
  followUp: null,
};
const faults = (survey: SurveyDefinition, form: Record<string, unknown>) => {
  const read = readAnswer(survey, form, 'EUR');
  return read.ok ? [] : read.faults;
};

describe('an answer as it is posted', () => {
  it('is a mark of the scale and nothing else', () => {
    for (let mark = 0; mark <= 10; mark++) {
      expect(readAnswer(NPS, { score: String(mark) }, 'EUR')).toMatchObject({ ok: true, answer: { score: mark } });
    }
    expect(faults(NPS, {})).toEqual([{ field: 'score', wrong: 'missing' }]);
    fc.assert(
      fc.property(fc.anything(), (score) => {
        fc.pre(typeof score !== 'string' || !/^(\d|10)$/.test(score));
        expect(faults(NPS, { score })).toHaveLength(1);
      }),
    );
  });

  it('of loyalty has three, and their mean is the score', () => {
    const loyalty: SurveyDefinition = { ...NPS, kind: 'loyalty' };
    const form = { recommend: '10', buyAgain: '7', tryOthers: '3' };
    expect(readAnswer(loyalty, form, 'EUR')).toEqual({
      ok: true,
      answer: {
        score: 20 / 3,
        choice: null,
        answers: { recommend: 10, buyAgain: 7, tryOthers: 3 },
        comment: null,
      },
    });
    expect(faults(loyalty, { recommend: '10', tryOthers: '11' })).toEqual([
      { field: 'buyAgain', wrong: 'missing' },
      { field: 'tryOthers', wrong: 'out_of_range' },
    ]);
  });

  it('keeps a comment up to its longest, without control characters and halves of characters', () => {
    const commented = (comment: unknown) => readAnswer(NPS, { score: '1', comment }, 'EUR');
    expect(commented('x'.repeat(LONGEST_COMMENT))).toMatchObject({ ok: true });
    expect(commented('x'.repeat(LONGEST_COMMENT + 1))).toEqual({
      ok: false,
      faults: [{ field: 'comment', wrong: 'too_long' }],
    });
    expect(commented(' a\r\nb\0\u001b[31m\ud83d c ')).toMatchObject({ answer: { comment: 'a\nb[31m c' } });
    expect(commented(['a', 'b'])).toMatchObject({ answer: { comment: null } });
  });

  it.each([
    ['40', 40],
    [' 12,5 ', 12.5],
    ['12.50', 12.5],
    ['1.234,56', 1234.56],
    ['1,234.56', 1234.56],
    ['1.234', 1234],
    ['1.234.567', 1_234_567],
    ['€ 40', 40],
    ['40 EUR', 40],
    ["1'200", 1200],
    ['0,005', 0.01],
    ['12,345.678', 12_345.68],
    ['-5', undefined],
    ['4e3', undefined],
    ['forty', undefined],
    ['', undefined],
    ['9'.repeat(30), undefined],
  ])('reads the amount %j as %j', (text, amount) => {
    expect(parseAmount(text, 'EUR')).toBe(amount);
  });
});

describe('the time of an answer', () => {
  const mail = new Date('2026-03-02T08:00:00Z');
  const after = (from: Date, ms: number) => new Date(from.getTime() + ms);
  const DAY = 86_400_000;

  it('is ninety days for the first, and one day for a change of it', () => {
    expect(mayAnswer(mail, null, after(mail, 90 * DAY - 1))).toBe(true);
    expect(mayAnswer(mail, null, after(mail, 90 * DAY))).toBe(false);
    const answered = after(mail, 90 * DAY - 1);
    expect(mayAnswer(mail, answered, after(answered, DAY - 1))).toBe(true);
    expect(mayAnswer(mail, answered, changeableUntil(answered))).toBe(false);
  });
});
