import { join } from 'node:path';
import ts from 'typescript';
import { type Block, wholeOf } from './block.js';

/** Modules that change types everywhere, such as `declare module '@keepsake/core'`. */
const AUGMENTS = /^declare (module|global)\b/m;

/**
 * What the compiler has to say of blocks, each a module of its own, as lines of `file:line: message`. All are one program,
 * but for those that augment a module: these get one each, since the others would see what they declare.
 */
export function typeErrors(root: string, blocks: readonly Block[]): readonly string[] {
  const options = optionsOf(root);
  const sources = new Map<string, ts.SourceFile | undefined>();
  const alone = blocks.filter(({ code }) => AUGMENTS.test(code));
  const together = blocks.filter((block) => !alone.includes(block));
  return [together, ...alone.map((block) => [block])].flatMap((group) =>
    errorsOf(group, root, options, sources),
  );
}

/** The options of the repository, for modules that a bundler or tsx would load. */
function optionsOf(root: string): ts.CompilerOptions {
  const file = join(root, 'tsconfig.base.json');
  const { config, error } = ts.readConfigFile(file, ts.sys.readFile);
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  return {
    ...options,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    types: ['node', 'jest'],
    composite: false,
    noEmit: true,
  };
}

function errorsOf(
  blocks: readonly Block[],
  root: string,
  options: ts.CompilerOptions,
  sources: Map<string, ts.SourceFile | undefined>,
): readonly string[] {
  const modules = new Map(blocks.map((block, i) => [join(root, `docs/test/block-${i}.ts`), block]));
  // An augmentation alone does not load the module that it augments.
  const names = [...modules.keys(), join(root, 'packages/keepsake/src/index.ts')];
  const program = ts.createProgram(names, options, hostOf(modules, options, sources));
  const global = program.getGlobalDiagnostics().concat(program.getOptionsDiagnostics());
  return [
    ...global.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ...[...modules].flatMap(([name, block]) => {
      const source = program.getSourceFile(name);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return found.flatMap((one) => located(one, block));
    }),
  ];
}

/** Reads files, keeps what it has parsed for the next program, and has the blocks beside them. */
function hostOf(
  modules: ReadonlyMap<string, Block>,
  options: ts.CompilerOptions,
  sources: Map<string, ts.SourceFile | undefined>,
): ts.CompilerHost {
  const host = ts.createCompilerHost(options, true);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => modules.has(name) || fileExists(name);
  host.readFile = (name) => {
    const block = modules.get(name);
    return block ? wholeOf(block).code : readFile(name);
  };
  host.getSourceFile = (name, target) => {
    const block = modules.get(name);
    if (block) return ts.createSourceFile(name, wholeOf(block).code, target, true);
    if (!sources.has(name)) sources.set(name, getSourceFile(name, target));
    return sources.get(name);
  };
  return host;
}

/** Nothing for what is wrong in a block that this one continues: that is told of that one. */
function located({ file, start = 0, messageText }: ts.Diagnostic, block: Block): readonly string[] {
  const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) - wholeOf(block).linesBefore;
  if (line < 0) return [];
  return [`${block.file}:${block.line + line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`];
}
