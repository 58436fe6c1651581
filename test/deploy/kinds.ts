/** What is wrong with an object by the schemas of Kubernetes and of those who extend it. */
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import {
  PersistentVolumeClaim,
  PodTemplate,
  Secret,
  Service,
  ServiceAccount,
} from 'kubernetes-models/v1';
import { z } from 'zod';
import type { Manifest } from './chart.ts';
import { customResources } from './custom-resources.ts';

interface Kind {
  new (data: never): { validate(): void };
  readonly apiVersion: string;
  readonly kind: string;
}

/** Where the interface of each kind is found, beside the class that validates it. */
const kinds: readonly (readonly [module: string, kind: Kind])[] = [
  ['apps/v1', Deployment],
  ['apps/v1', StatefulSet],
  ['autoscaling/v2', HorizontalPodAutoscaler],
  ['networking.k8s.io/v1', NetworkPolicy],
  ['policy/v1', PodDisruptionBudget],
  ['v1', PersistentVolumeClaim],
  ['v1', PodTemplate],
  ['v1', Secret],
  ['v1', Service],
  ['v1', ServiceAccount],
];

export function moduleOf({ apiVersion, kind }: Manifest): string | undefined {
  const same = ([, known]: (typeof kinds)[number]) =>
    known.apiVersion === apiVersion && known.kind === kind;
  return kinds.find(same)?.[0];
}

/** Empty: nothing. Unknown fields of Kubernetes' own objects are strict-fields.ts's business. */
export function invalidities(manifest: Manifest): string[] {
  const { apiVersion, kind, metadata } = manifest;
  const named = (text: string): string => `${kind} ${metadata.name}: ${text}`;
  const custom = customResources[kind];
  if (custom) {
    const { error } = custom.safeParse(manifest);
    return error ? [named(z.prettifyError(error))] : [];
  }
  const model = kinds.find(([, known]) => known.apiVersion === apiVersion && known.kind === kind);
  if (!model) return [named(`found ${apiVersion}, expected an object with a schema here`)];
  try {
    new model[1](manifest as never).validate();
    return [];
  } catch (error) {
    return [named(error instanceof Error ? error.message : String(error))];
  }
}

/** The pods inside an object of others, as objects of Kubernetes that have a schema. */
export function podTemplatesOf({ kind, metadata, spec }: Manifest): Manifest[] {
  if (spec === undefined || !(kind in customResources)) return [];
  const found: Manifest[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('spec' in value && hasContainers(value.spec)) {
      const name = `${metadata.name}-${found.length}`;
      found.push({ ...podTemplate, metadata: { name }, template: value } as Manifest);
    } else for (const inner of Object.values(value)) visit(inner);
  };
  visit(spec);
  return found;
}

const podTemplate = { apiVersion: 'v1', kind: 'PodTemplate' };

function hasContainers(spec: unknown): boolean {
  return typeof spec === 'object' && spec !== null && 'containers' in spec;
}
