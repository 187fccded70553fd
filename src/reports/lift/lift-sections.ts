import { borrowedTime } from './borrowed-time.section';
import { curves } from './curves.section';
import { guardrails, otherMessages } from './guardrails.section';
import { splits, subgroups } from './groups.section';
import { type LiftContext, type LiftSection, type SectionAnswer, unknown } from './lift-section';
import { balance, cuped } from './past.section';
import { phantom } from './phantom-credit.section';
import { placebo } from './placebo.section';
import { power } from './power.section';
import { price } from './price-of-knowing.section';
import { profit } from './profit.section';

/** Every section of the lift report by its name in the answer; a new one is its file and its line here. */
export const LIFT_SECTIONS = {
  cuped,
  power,
  otherMessagesPerCustomer: otherMessages,
  profit,
  subgroups,
  splits,
  curves,
  placebo,
  borrowedTime,
  phantomCredit: phantom,
  priceOfKnowing: price,
  balance,
  guardrails,
} satisfies Record<string, LiftSection<unknown>>;

export type SectionName = keyof typeof LIFT_SECTIONS;
export const SECTION_NAMES = Object.keys(LIFT_SECTIONS) as SectionName[];

type ValueOf<Section> = Section extends LiftSection<infer T> ? T | null : never;
export type SectionValues = { [Name in SectionName]: ValueOf<(typeof LIFT_SECTIONS)[Name]> };

/** Where a section stands in the report, if not under its own name. */
const PATHS: Partial<Record<SectionName, string>> = { cuped: 'revenueLift.cuped' };

/** Up to so many people in both arms every report is whole: the heavy sections take well under a second for them. */
export const WHOLE_REPORT_PEOPLE = 50_000;
/** So many sections ask the database at a time: a report must not take all connections of the process. */
const LANES = 3;

/** Which sections a report was asked for: all of them, those named, or (absent) what its size allows. */
export type Wanted = ReadonlySet<SectionName> | 'all' | undefined;

/** All sections of a report, and why parts of it are null, by the path in the report. */
export interface Sections {
  values: SectionValues;
  undefinedBecause: Record<string, string>;
}

/** Reads the sections, several at a time. Those left out are null with the reason `ask_by_include`. */
export async function readSections(context: LiftContext, wanted: Wanted): Promise<Sections> {
  const people = context.counted.treatment.enrolled + context.counted.holdout.enrolled;
  const isWanted = (name: SectionName): boolean => {
    if (LIFT_SECTIONS[name].cost === 'light' || wanted === 'all') return true;
    return wanted ? wanted.has(name) : people <= WHOLE_REPORT_PEOPLE;
  };
  const answers = new Map<SectionName, SectionAnswer<unknown>>();
  const waiting = [...SECTION_NAMES];
  const lane = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const section: LiftSection<unknown> = LIFT_SECTIONS[name];
      answers.set(name, isWanted(name) ? await section.read(context) : unknown('ask_by_include'));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const values: Record<string, unknown> = {};
  const undefinedBecause: Record<string, string> = {};
  for (const name of SECTION_NAMES) {
    const answer = answers.get(name) ?? unknown('ask_by_include');
    values[name] = answer.value;
    for (const [path, reason] of Object.entries(answer.undefinedBecause)) {
      undefinedBecause[pathIn(PATHS[name] ?? name, path)] = reason;
    }
  }
  return { values: values as SectionValues, undefinedBecause };
}

function pathIn(section: string, path: string): string {
  if (path === '') return section;
  return path.startsWith('[') ? section + path : `${section}.${path}`;
}
