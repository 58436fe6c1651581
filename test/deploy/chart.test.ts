/** The chart, its manifests and the examples: every object valid, fitting and up to date. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  deployFolder,
  lint,
  manifestsOf,
  readDeployed,
  render,
  valuesFiles,
  type Manifest,
} from './chart.ts';
import { generatedFiles } from './generated.ts';
import { invalidities, podTemplatesOf } from './kinds.ts';
import { podsOf } from './pods.ts';
import { unknownFields } from './strict-fields.ts';
import { chartValues } from './values.ts';
import { misfits } from './wiring.ts';

const examples = ['examples/leaderworkerset.yaml', 'examples/jobset.yaml'];
/** What no values file asks for. */
const settings: readonly (readonly string[])[] = [
  ['tls.enabled=false', 'insecure=true'],
  ['autoscaling.hpa.enabled=true', 'worker.hangMs=60000', 'worker.measureMs=500'],
  ['models.source=hostPath', 'models.hostPath.path=/srv/models', 'worker.runtimeClassName=nvidia'],
  ['models.source=oci', 'models.oci.reference=registry.example/models:1'],
  ['networkPolicy.enabled=false', 'serviceAccount.create=false', 'serviceAccount.name=other'],
  ['tls.certManager.enabled=true', 'tls.certManager.issuerRef.name=corporate'],
  ['coordinator.persistence.existingClaim=jobs', `image.digest=sha256:${'0'.repeat(64)}`],
  ['loopback=true', 'models.source=init', 'models.init.image=models:1'],
];

const rendered = new Map<string, Manifest[]>();

beforeAll(() => {
  for (const values of valuesFiles) rendered.set(`values ${values}`, render(values));
  for (const setting of settings) rendered.set(setting.join(' '), render('', setting));
  for (const path of examples) rendered.set(path, withTemplates(manifestsOf(readDeployed(path))));
});

function withTemplates(manifests: readonly Manifest[]): Manifest[] {
  return [...manifests, ...manifests.flatMap(podTemplatesOf)];
}

describe('what is rendered', () => {
  it.each(valuesFiles)('passes helm lint with values %s', (values) => {
    expect(lint(values)).toBe('');
  });

  it('is valid by the schemas', () => {
    expect([...rendered.values()].flat().flatMap(invalidities)).toEqual([]);
  });

  it('has no field that Kubernetes does not know', () => {
    expect(unknownFields([...rendered.values()].flat())).toEqual([]);
  });

  it('fits together', () => {
    for (const [name, manifests] of rendered)
      expect([name, misfits(manifests)]).toEqual([name, []]);
  });

  it('has the pods of the examples among it', () => {
    expect(examples.map((path) => podsOf(rendered.get(path) ?? []).length)).toEqual([2, 2]);
  });
});

describe('what is made from the chart', () => {
  it('is what is committed', () => {
    for (const [path, content] of generatedFiles()) {
      const name = relative(deployFolder, path);
      const same = readFileSync(path, 'utf8') === content;
      expect(`${name} ${same ? 'is' : 'is not'} up to date`).toBe(`${name} is up to date`);
    }
  });

  it('explains every value', () => {
    expect(chartValues().filter(({ text }) => text === '')).toEqual([]);
  });

  it('uses every value', () => {
    const templates = ['_helpers.tpl', '_coordinator.tpl', '_worker.tpl', 'coordinator.yaml']
      .concat(['workers.yaml', 'services.yaml', 'serviceaccount.yaml', 'disruption.yaml'])
      .concat(['autoscaling.yaml', 'networkpolicy.yaml', 'servicemonitor.yaml'])
      .concat(['certificates.yaml', 'NOTES.txt'])
      .map((name) => readDeployed(`helm/isochron/templates/${name}`))
      .join('\n');
    const unused = chartValues().filter(({ path }) => {
      const key = path.split('.').at(-1) ?? path;
      return !new RegExp(`\\.${key}\\b`).test(templates);
    });
    expect(unused.map(({ path }) => path)).toEqual([]);
  });
});

describe('a mistake', () => {
  it.each<[setting: string[], said: string]>([
    [['tls.enabled=false'], 'tls.enabled is false'],
    [['insecure=true'], 'insecure is set'],
    [['autoscaling.keda.enabled=true', 'autoscaling.hpa.enabled=true'], 'both enabled'],
    [['loopback=true', 'triton.enabled=true'], 'loopback is one pod'],
    [['triton.enabled=true', 'models.source=pvc'], 'triton.model is empty'],
    [['models.source=pvc'], 'models.pvc.claimName is empty'],
    [['models.source=disk'], 'models/source'],
    [['worker.replica=3'], "additional properties 'replica' not allowed"],
    [['worker.replicas=two'], 'got string, want integer'],
    [['worker.backend=pytorch'], 'does not match pattern'],
    [['worker.terminationGracePeriodSeconds=30'], 'minimum'],
    [['image.digest=latest'], 'does not match pattern'],
  ])('%j is refused', (setting, said) => {
    expect(() => render('', setting)).toThrow(said);
  });

  it('in an object is found', () => {
    const edited = (kind: string, from: string, to: string): Manifest[] => {
      const text = JSON.stringify(rendered.get('values keda')?.filter((one) => one.kind === kind));
      expect(text).toContain(from);
      return JSON.parse(text.replaceAll(from, to)) as Manifest[];
    };
    const grpc = edited('Deployment', '"grpc":{"port":7403}', '"grpc":{"prot":7403}');
    expect(grpc.flatMap(invalidities)).not.toEqual([]);
    expect(unknownFields(edited('Deployment', '"tcpSocket"', '"tcpSockets"'))).not.toEqual([]);
    expect(misfits(edited('Deployment', '"mountPath":"/tls"', '"mountPath":"/x"'))).not.toEqual([]);
    expect(misfits(edited('Deployment', '"port":7403', '"port":7404'))).not.toEqual([]);
    expect(misfits(edited('Service', '"isochron"', '"other"'))).not.toEqual([]);
    const scaled = edited('ScaledObject', '"minReplicaCount"', '"minReplicas"');
    expect(scaled.flatMap(invalidities)).not.toEqual([]);
  });
});
