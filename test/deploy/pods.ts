/** What pods are made of, as far as the tests look at it. */
import type { Manifest } from './chart.ts';

type Labels = Readonly<Record<string, string>>;

interface Probe {
  readonly httpGet?: { readonly port: number | string };
  readonly tcpSocket?: { readonly port: number | string };
  readonly grpc?: { readonly port: number };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[] };
  };
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly {
      readonly name: string;
      readonly secret?: { readonly secretName: string };
    }[];
    readonly securityContext?: {
      readonly runAsNonRoot?: boolean;
      readonly seccompProfile?: { readonly type: string };
    };
    readonly automountServiceAccountToken?: boolean;
    readonly terminationGracePeriodSeconds?: number;
  };
}

export interface Pod {
  /** For messages. */
  readonly owner: string;
  readonly labels: Labels;
  readonly containers: readonly Container[];
  readonly spec: PodTemplate['spec'];
  /** Names of volumes, those of claims included. */
  readonly volumes: readonly string[];
}

interface Workload {
  readonly selector?: { readonly matchLabels: Labels };
  readonly template?: PodTemplate;
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}

export function workloadOf({ spec }: Manifest): Workload {
  return spec ?? {};
}

/** Of a Deployment or a StatefulSet, or of the template that stands alone. */
export function podOf(manifest: Manifest): Pod | undefined {
  const { template: inside, volumeClaimTemplates = [] } = workloadOf(manifest);
  const template = inside ?? (manifest as { readonly template?: PodTemplate }).template;
  if (template === undefined) return undefined;
  const { spec, metadata } = template;
  return {
    owner: `${manifest.kind} ${manifest.metadata.name}`,
    labels: metadata?.labels ?? {},
    containers: [...(spec.initContainers ?? []), ...spec.containers],
    spec,
    volumes: [...(spec.volumes ?? []), ...volumeClaimTemplates.map(({ metadata: m }) => m)].map(
      ({ name }) => name,
    ),
  };
}

export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return manifests.flatMap((manifest) => podOf(manifest) ?? []);
}

export function probesOf({ startupProbe, livenessProbe, readinessProbe }: Container): Probe[] {
  return [startupProbe, livenessProbe, readinessProbe].filter((probe) => probe !== undefined);
}

export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
