import { type Fault } from '../../kernel/errors';
import { KEY_PATTERN } from '../../kernel/ids';
import { isLocale } from '../../kernel/locales';

/** A kind of mail that people switch on and off by itself. */
export interface Topic {
  key: string;
  /** By locale: how people read it. */
  name: Record<string, string>;
  /** By locale: what comes under it. */
  description?: Record<string, string>;
  /** Whether it is on for who has said nothing. */
  default: boolean;
}

/** `settings/topics`, in the order of the preference page. */
export interface TopicsSetting {
  topics: Topic[];
}

const MOST_TOPICS = 50;
const MOST_LOCALES = 20;
const LONGEST_NAME = 100;
const LONGEST_DESCRIPTION = 500;

/** Reads the body of `PUT /settings/topics`: the setting, and every fault of it with its path. */
export function readTopics(body: unknown): { setting: TopicsSetting; faults: Fault[] } {
  const faults: Fault[] = [];
  const fault = (path: string, message: string): undefined => void faults.push({ path, message });
  if (!isObject(body)) return { setting: { topics: [] }, faults: [{ path: '', message: 'must be an object' }] };
  unknownFields(body, ['topics'], '', fault);
  if (!Array.isArray(body['topics']) || body['topics'].length > MOST_TOPICS) {
    fault('topics', `must be a list of at most ${MOST_TOPICS} topics`);
    return { setting: { topics: [] }, faults };
  }
  const topics: Topic[] = [];
  body['topics'].forEach((raw: unknown, i) => {
    const topic = readTopic(raw, `topics[${i}]`, fault);
    if (!topic) return;
    if (topics.some(({ key }) => key === topic.key)) fault(`topics[${i}].key`, `${topic.key} stands here twice`);
    topics.push(topic);
  });
  return { setting: { topics }, faults };
}

type Tell = (path: string, message: string) => undefined;

function readTopic(raw: unknown, path: string, fault: Tell): Topic | undefined {
  if (!isObject(raw)) return fault(path, 'must be an object');
  unknownFields(raw, ['key', 'name', 'description', 'default'], `${path}.`, fault);
  const { key, default: byDefault = true } = raw;
  const isKey = typeof key === 'string' && KEY_PATTERN.test(key);
  if (!isKey) fault(`${path}.key`, 'must consist of a-z, 0-9 and -, 64 characters at most');
  const name = readTexts(raw['name'], `${path}.name`, LONGEST_NAME, fault);
  const described = raw['description'] !== undefined && raw['description'] !== null;
  const description = described
    ? readTexts(raw['description'], `${path}.description`, LONGEST_DESCRIPTION, fault)
    : undefined;
  if (typeof byDefault !== 'boolean') fault(`${path}.default`, 'must be true or false');
  if (!isKey || !name) return undefined;
  return { key, name, ...(description ? { description } : {}), default: byDefault !== false };
}

function readTexts(raw: unknown, path: string, longest: number, fault: Tell): Record<string, string> | undefined {
  const entries = isObject(raw) ? Object.entries(raw) : [];
  if (entries.length === 0 || entries.length > MOST_LOCALES) {
    return fault(path, 'must be an object with a text by locale, such as { "it": "...", "en": "..." }');
  }
  const texts = new Map<string, string>();
  for (const [locale, value] of entries) {
    const at = `${path}.${locale}`;
    const text = typeof value === 'string' ? value.trim() : '';
    if (!isLocale(locale)) fault(at, 'is not a locale such as it or en-GB');
    else if (text === '' || text.length > longest || /[\u0000-\u001f\u007f]/.test(text))
      fault(at, `must be one line of text, ${longest} characters at most`);
    else texts.set(locale, text);
  }
  return Object.fromEntries(texts);
}

function unknownFields(value: Record<string, unknown>, known: readonly string[], base: string, fault: Tell): void {
  for (const name of Object.keys(value)) if (!known.includes(name)) fault(`${base}${name}`, 'is not a known field');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
