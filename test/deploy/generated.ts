/** Files under deploy/ that are made from others, and compared with them byte for byte. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartFolder, deployFolder, renderText, valuesFiles } from './chart.ts';
import { valuesSchema, valuesTable } from './values.ts';

const marks = ['<!-- values begin -->\n', '<!-- values end -->'] as const;

/** Each is made when it is asked for: what is rendered is checked by the schema before it. */
export function* generatedFiles(): Generator<readonly [path: string, content: string]> {
  const schema = `${JSON.stringify(valuesSchema(), undefined, 2)}\n`;
  yield [join(chartFolder, 'values.schema.json'), schema];
  const readme = join(chartFolder, 'README.md');
  yield [readme, withTable(readFileSync(readme, 'utf8'))];
  for (const values of valuesFiles) yield manifestFile(values);
}

function withTable(text: string): string {
  const [begin, end] = marks.map((mark) => text.indexOf(mark));
  if (begin === undefined || end === undefined || begin < 0 || end < begin) {
    throw new Error(`README.md of the chart: found no ${marks.join(' and ')}`);
  }
  return text.slice(0, begin) + marks[0] + valuesTable() + text.slice(end);
}

function manifestFile(values: string): [path: string, content: string] {
  const name = values === '' ? 'default' : values;
  const from = values === '' ? 'values.yaml' : `values-${values}.yaml`;
  const head = [
    `# Made from deploy/helm/isochron with ${from}: npm run test:deploy -- --write`,
    '# kubectl create namespace isochron; kubectl apply -f this file',
  ];
  const body = renderText(values)
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n');
  return [join(deployFolder, 'kubernetes', `${name}.yaml`), `${head.join('\n')}\n${body}`];
}
