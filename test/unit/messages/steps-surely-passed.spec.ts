import { type Instruction } from '../../../src/campaigns/campaign.types';
import { stepsSurelyPassed } from '../../../src/messages/domain/steps-surely-passed';

const email = (key: string): Instruction => ({ op: 'email', path: `steps.${key}`, key, templateId: 't' });
const wait: Instruction = { op: 'wait', path: 'w', for: null, at: null };

describe('the e-mail steps that somebody has surely passed', () => {
  it('are all before the position where there is one way', () => {
    const program = [email('a'), wait, email('b'), wait, email('c')];
    const passed = [0, 1, 2, 3, 4, 5].map((position) => stepsSurelyPassed(program, position).join(''));
    expect(passed).toEqual(['', 'a', 'a', 'ab', 'ab', 'abc']);
  });

  it('are not those on one way of several', () => {
    const branch: Instruction[] = [
      email('a'),
      { op: 'jumpUnless', path: 'x', condition: 0, to: 4 },
      email('yes'),
      { op: 'jump', path: 'j', to: 5 },
      email('no'),
      email('both'),
    ];
    expect(stepsSurelyPassed(branch, 3)).toEqual(['a', 'yes']);
    expect(stepsSurelyPassed(branch, 5)).toEqual(['a']);
    expect(stepsSurelyPassed(branch, 6)).toEqual(['a', 'both']);
    const arms = [
      { name: 'a', upTo: 0.5, to: 1 },
      { name: 'b', upTo: 1, to: 3 },
    ];
    const split: Instruction[] = [
      { op: 'split', path: 's', key: 's', arms },
      email('a'),
      { op: 'exit', path: 'e' },
      email('b'),
    ];
    expect(stepsSurelyPassed(split, 4)).toEqual(['b']);
    expect(stepsSurelyPassed(split, 2)).toEqual(['a']);
  });
});
