/** What KEDA asks Prometheus about a release of the chart. */
import { parseAllDocuments } from 'yaml';
import { readDeployed } from './chart.ts';

interface Scaled {
  readonly kind: string;
  readonly spec: {
    readonly triggers: readonly { readonly metadata: { readonly query: string } }[];
  };
}

/** As rendered for the release and the namespace `isochron`. */
export function autoscalingQuery(): string {
  const objects = parseAllDocuments(readDeployed('kubernetes/keda.yaml'));
  const found = objects
    .map((document) => document.toJS() as Scaled)
    .find(({ kind }) => kind === 'ScaledObject')?.spec.triggers[0]?.metadata.query;
  if (found === undefined) throw new Error('kubernetes/keda.yaml has no ScaledObject');
  return found;
}

/** Without the labels of a release, as a document says it. */
export function plainAutoscalingQuery(): string {
  return autoscalingQuery().replaceAll(/\{[^}]*\}/g, '');
}
