import { readdirSync } from 'node:fs';
import path from 'node:path';
import * as ts from 'typescript';

const SRC = path.join(__dirname, '../../src');
/** Where the types of the reports come from. Nothing else is loaded: what they name elsewhere must stand here. */
const FOLDERS = ['reports', 'predictions', 'catalog', 'attribution'];
const FILES = ['enrollments/campaign-audience.ts', 'segments/stage.ts', 'campaigns/campaign.types.ts'];

/** A field of a report by its path: `[]` for the items of a list, `*` for names that are not fixed. */
export interface ReportField {
  path: string;
  /** Whether it is a figure: a number, or an interval. */
  numeric: boolean;
}

/** Names that mean the same of each of several things, written once. */
const ALIKE: ReadonlyArray<[one: string, names: readonly string[]]> = [
  ['<arm>', ['treatment', 'holdout']],
  ['<model>', ['last_click', 'last_touch', 'first_touch', 'linear', 'time_decay']],
];

/** The fields of reports as their types declare them, read by the compiler. */
export class ReportFields {
  private readonly program: ts.Program;
  private readonly checker: ts.TypeChecker;

  constructor() {
    const inFolders = FOLDERS.flatMap((folder) =>
      readdirSync(path.join(SRC, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    );
    const files = [...inFolders.filter((file) => file.endsWith('.ts')), ...FILES].map((file) => path.join(SRC, file));
    this.program = ts.createProgram(files, {
      ...{ noResolve: true, lib: ['lib.es5.d.ts'], types: [], strict: true, skipLibCheck: true },
      ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
    });
    this.checker = this.program.getTypeChecker();
  }

  /** @throws Error for a type that is not there, or that has a part whose type is not known here. */
  of(file: string, name: string): ReportField[] {
    const source = this.program.getSourceFile(path.join(SRC, file));
    const module = source && this.checker.getSymbolAtLocation(source);
    const symbol = module?.exports?.get(ts.escapeLeadingUnderscores(name));
    if (!symbol) throw new Error(`${file} has no type ${name}`);
    const found = new Map<string, boolean>();
    this.walk(this.checker.getDeclaredTypeOfSymbol(symbol), '', found);
    return [...found].map(([path, numeric]) => ({ path, numeric }));
  }

  private walk(type: ts.Type, at: string, found: Map<string, boolean>): void {
    for (const part of type.isUnion() ? type.types : [type]) {
      if (part.flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined)) continue;
      if (part.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) throw new Error(`the type of ${at} is not known`);
      if (!(part.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) || this.checker.isTupleType(part)) {
        const numeric = this.checker.isTupleType(part) || (part.flags & ts.TypeFlags.NumberLike) !== 0;
        found.set(at, numeric || found.get(at) === true);
      } else this.walkInto(part, at, found);
    }
  }

  private walkInto(type: ts.Type, at: string, found: Map<string, boolean>): void {
    if (this.checker.isArrayType(type)) {
      const [item] = this.checker.getTypeArguments(type as ts.TypeReference);
      if (item) this.walk(item, `${at}[]`, found);
      return;
    }
    const below = (name: string): string => (at === '' ? name : `${at}.${name}`);
    for (const { type: value } of this.checker.getIndexInfosOfType(type)) this.walk(value, below('*'), found);
    const properties = this.checker.getPropertiesOfType(type);
    const names = new Set(properties.map(({ name }) => name));
    for (const property of properties) {
      const alike = ALIKE.find(([, all]) => all.includes(property.name) && all.every((name) => names.has(name)));
      this.walk(this.checker.getTypeOfSymbol(property), below(alike?.[0] ?? property.name), found);
    }
  }
}
