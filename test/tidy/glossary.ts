import ts from 'typescript';
import { lineOf, nodes, type Source, type Violation } from './source.ts';

/**
 * Names of other projects for ideas that have one name here. Only words that can mean nothing else:
 * "segment" or "engine" may be right in another place. Compared without underscores and case.
 */
const misnomers = new Map([
  ['alphascumprod', 'alphaBar'],
  ['acp', 'alphaBar'],
  ['modeloutput', 'epsilon, denoised or velocity'],
  ['noisepred', 'epsilon'],
  ['predoriginalsample', 'denoised'],
  ['predx0', 'denoised'],
  ['latentsbuffer', 'trajectory'],
  ['latentbuffer', 'trajectory'],
  ['halo', 'boundary'],
  ['edgestate', 'boundary'],
  ['inneriteration', 'sweep'],
  ['inneriterations', 'sweeps'],
  ['solver2', 'coarsePropagator'],
  ['cheapsolver', 'coarsePropagator'],
  ['errorratio', 'updateNorm'],
  ['nfe', 'modelCalls'],
  ['tol1', 'tolerance'],
  ['tol2', 'tolFreeze'],
  ['lmd', 'regularization'],
]);

export function glossaryMisnomers(source: Source): Violation[] {
  const found: Violation[] = [];
  for (const node of nodes(source.tree)) {
    // a double underscore is the mark of generated message types: `Model__Output`
    if (!ts.isIdentifier(node) || node.text.includes('__')) continue;
    const name = misnomers.get(node.text.replaceAll('_', '').toLowerCase());
    if (name === undefined) continue;
    found.push({
      path: source.path,
      line: lineOf(source, node.getStart()),
      what: `the name \`${node.text}\``,
      instead: `say ${name} (docs/GLOSSARY.md)`,
    });
  }
  return found;
}
