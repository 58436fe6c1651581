/**
 * Fields that Kubernetes does not know, which its server would drop without a word and its schemas
 * let pass. The compiler finds them: an object literal may have no property that its type has not.
 */
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import type { Manifest } from './chart.ts';
import { moduleOf } from './kinds.ts';

/** The compiler's messages; empty: none. */
export function unknownFields(manifests: readonly Manifest[]): string[] {
  const file = join(packageRoot(), 'test', 'deploy', 'rendered.ts');
  const text = manifests.map(declaration).join('\n');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const known = { ...host };
  host.fileExists = (path) => path === file || known.fileExists(path);
  host.readFile = (path) => (path === file ? text : known.readFile(path));
  host.getSourceFile = (path, version) =>
    path === file ? ts.createSourceFile(path, text, version) : known.getSourceFile(path, version);
  host.getCurrentDirectory = () => dirname(file);
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  return program
    .getSemanticDiagnostics(source)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

function declaration(manifest: Manifest, index: number): string {
  const module = moduleOf(manifest);
  if (module === undefined) return '';
  const type = `import('kubernetes-models/${module}/${manifest.kind}').I${manifest.kind}`;
  return `export const object${index}: ${type} = ${JSON.stringify(manifest)};`;
}
