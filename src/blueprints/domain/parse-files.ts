import { type Fault } from '../../kernel/errors';
import { KEY_PATTERN } from '../../kernel/ids';
import { type LocaleSource } from '../../templates/templates.types';
import {
  type Blueprint,
  type CampaignBlueprint,
  type SegmentBlueprint,
  type SurveyBlueprint,
  type TemplateBlueprint,
} from '../blueprint.types';
import { readYaml, type YamlSource } from './yaml-source';

/** A fault in a file; without a line where it is about the file as a whole. */
export interface FileFault {
  /** Relative to the folder, with slashes. */
  file: string;
  line?: number;
  column?: number;
  /** Where the API sees it: `campaigns[0].steps[1].for`. */
  path?: string;
  message: string;
}

export interface ParsedFiles {
  blueprint: Blueprint;
  faults: FileFault[];
  /** Leads a fault of the API back to its file, line and column. */
  locate(fault: Fault): FileFault;
}

interface Source {
  file: string;
  yaml: YamlSource;
}

/** A template's locale names become names of files: no more than this is one. */
const LOCALE_FILE = /^([A-Za-z0-9-]{1,35})\.(mjml|txt)$/;

/**
 * Makes the content of a shop from files: `surveys/<key>.yaml`, `segments/<key>.yaml`, `campaigns/<key>.yaml`, `templates/<key>/template.yaml`
 * with `<locale>.mjml` and, where the text part is written by hand, `<locale>.txt`. The name of a file is the key of
 * what is in it. Other folders and files beside these are left alone, and so are notes (`.md`); a file among these that
 * is none of them is a fault, since it would be forgotten in silence.
 */
export function parseFiles(files: ReadonlyMap<string, string>): ParsedFiles {
  const faults: FileFault[] = [];
  const sources = {
    surveys: [] as Source[],
    segments: [] as Source[],
    templates: [] as Source[],
    campaigns: [] as Source[],
  };
  const blueprint: Blueprint = { surveys: [], segments: [], templates: [], campaigns: [] };
  const templates = new Map<string, string[]>();
  for (const file of [...files.keys()].sort()) {
    const [folder = '', ...rest] = file.split('/');
    if (file.endsWith('.md')) continue;
    if (folder === 'surveys' || folder === 'segments' || folder === 'campaigns') {
      const source = readNamed(file, rest, files, faults);
      if (!source) continue;
      sources[folder].push(source);
      blueprint[folder].push(source.yaml.value as SurveyBlueprint & SegmentBlueprint & CampaignBlueprint);
    } else if (folder === 'templates' && rest.length > 0) {
      const key = rest.length === 2 ? (rest[0] ?? '') : '';
      if (key === '')
        faults.push({ file, message: 'a template is a folder of its own: templates/<key>/template.yaml' });
      else templates.set(key, [...(templates.get(key) ?? []), file]);
    }
  }
  for (const [key, own] of templates) {
    const source = readTemplate(key, own, files, faults);
    if (!source) continue;
    sources.templates.push(source);
    blueprint.templates.push(source.yaml.value as TemplateBlueprint);
  }
  return { blueprint, faults, locate: (fault) => locate(fault, sources, files) };
}

/** `segments/vip.yaml`: an object whose key is the name of the file. */
function readNamed(
  file: string,
  rest: readonly string[],
  files: ReadonlyMap<string, string>,
  faults: FileFault[],
): Source | undefined {
  const key = rest.length === 1 ? /^(.*)\.yaml$/.exec(rest[0] ?? '')?.[1] : undefined;
  if (key === undefined) {
    faults.push({ file, message: 'is not named <key>.yaml' });
    return undefined;
  }
  return readObject(file, key, files.get(file) ?? '', faults);
}

function readObject(file: string, key: string, text: string, faults: FileFault[]): Source | undefined {
  if (!KEY_PATTERN.test(key)) {
    faults.push({ file, message: 'the name is the key: a-z, 0-9 and -, 64 characters at most' });
    return undefined;
  }
  const yaml = readYaml(text);
  faults.push(...yaml.faults.map((fault) => ({ file, ...fault })));
  if (yaml.faults.length > 0) return undefined;
  const { value } = yaml;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    faults.push({ file, line: 1, column: 1, message: 'must be an object' });
    return undefined;
  }
  const written = (value as { key?: unknown }).key;
  if (written !== undefined && written !== key) {
    const message = `the key is ${JSON.stringify(written)}, the name of the file says ${key}`;
    faults.push({ file, ...yaml.positionOf('key'), message });
    return undefined;
  }
  return { file, yaml: { ...yaml, value: { key, ...value } } };
}

function readTemplate(
  key: string,
  own: readonly string[],
  files: ReadonlyMap<string, string>,
  faults: FileFault[],
): Source | undefined {
  const file = `templates/${key}/template.yaml`;
  const text = files.get(file);
  if (text === undefined) {
    faults.push({ file: own[0] ?? file, message: `the template has no ${file}` });
    return undefined;
  }
  const source = readObject(file, key, text, faults);
  if (!source) return undefined;
  const value = source.yaml.value as Record<string, unknown>;
  const before = faults.length;
  const locales = withTexts(value.locales, key, source, files, faults);
  for (const other of own) {
    const [, locale = '', kind] = LOCALE_FILE.exec(other.split('/')[2] ?? '') ?? [];
    if (other === file || (kind !== undefined && Object.hasOwn(locales, locale))) continue;
    const message =
      kind === undefined
        ? 'is neither template.yaml nor <locale>.mjml nor <locale>.txt'
        : `${file} has no locale ${locale}`;
    faults.push({ file: other, message });
  }
  if (faults.length > before) return undefined;
  return { file, yaml: { ...source.yaml, value: { ...value, locales } } };
}

/** The locales of template.yaml (subject, preheader) with the texts of the files beside it. */
function withTexts(
  raw: unknown,
  key: string,
  { file, yaml }: Source,
  files: ReadonlyMap<string, string>,
  faults: FileFault[],
): Record<string, LocaleSource> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    faults.push({ file, ...yaml.positionOf('locales'), message: 'locales must be an object: one entry a locale' });
    return {};
  }
  const locales: Array<[string, LocaleSource]> = [];
  for (const [locale, given] of Object.entries(raw) as Array<[string, unknown]>) {
    const position = yaml.positionOf(`locales.${locale}`);
    const mjml = files.get(`templates/${key}/${locale}.mjml`);
    const text = files.get(`templates/${key}/${locale}.txt`);
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      faults.push({ file, ...position, message: `the locale ${locale} must be an object with a subject` });
    } else if ('mjml' in given || 'text' in given) {
      faults.push({ file, ...position, message: `the parts of the mail stand in ${locale}.mjml and ${locale}.txt` });
    } else if (mjml === undefined) {
      faults.push({ file, ...position, message: `templates/${key}/${locale}.mjml is missing` });
    } else {
      locales.push([locale, { ...given, mjml, ...(text === undefined ? {} : { text }) } as LocaleSource]);
    }
  }
  return Object.fromEntries(locales);
}

function locate(
  fault: Fault,
  sources: Record<keyof Blueprint, readonly Source[]>,
  files: ReadonlyMap<string, string>,
): FileFault {
  const { path, message } = fault;
  const moved = /^basis\.(survey|segment|template|campaign):([a-z0-9-]+)$/.exec(path);
  if (moved) {
    const beside = `${moved[1] ?? ''}s/${moved[2] ?? ''}${moved[1] === 'template' ? '/template' : ''}.yaml`;
    return { file: files.has(beside) ? beside : '', path, message };
  }
  const [, list = '', index = '', inner = ''] =
    /^(surveys|segments|templates|campaigns)\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  const source = sources[list as keyof typeof sources]?.[Number(index)];
  if (!source) return { file: '', path, message };
  const [, locale = '', part = ''] = /^locales\.([A-Za-z0-9-]+)\.(mjml|text)$/.exec(inner) ?? [];
  const beside = `${source.file.slice(0, source.file.lastIndexOf('/'))}/${locale}.${part === 'text' ? 'txt' : part}`;
  if (part !== '' && files.has(beside)) {
    const { line, column } = fault;
    return {
      file: beside,
      ...(line === undefined ? {} : { line, ...(column === undefined ? {} : { column }) }),
      path,
      message,
    };
  }
  return { file: source.file, ...source.yaml.positionOf(inner), path, message };
}
