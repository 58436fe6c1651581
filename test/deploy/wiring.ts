/** What schemas cannot see: objects that name each other, and pods that may do too much. */
import type { Manifest } from './chart.ts';
import { podsOf, probesOf, selects, workloadOf, type Container, type Pod } from './pods.ts';

interface Service {
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly name: string; readonly targetPort: string }[];
}

interface Policy {
  readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly ingress?: readonly { readonly ports?: readonly { readonly port: string | number }[] }[];
}

/** Sentences about what does not fit; empty: all of it does. */
export function misfits(manifests: readonly Manifest[]): string[] {
  const pods = podsOf(manifests);
  return [
    ...manifests.flatMap((manifest) => selectorMisfits(manifest, pods)),
    ...pods.flatMap(podMisfits),
    ...doubles(manifests),
  ];
}

function selectorMisfits(manifest: Manifest, pods: readonly Pod[]): string[] {
  const { kind, metadata, spec } = manifest;
  const named = `${kind} ${metadata.name}`;
  switch (kind) {
    case 'Service': {
      const { selector, ports } = spec as unknown as Service;
      return portMisfits(
        named,
        ports.map(({ targetPort }) => targetPort),
        pods.filter(({ labels }) => selects(selector, labels)),
      );
    }
    case 'NetworkPolicy': {
      const { podSelector, ingress = [] } = spec as unknown as Policy;
      return portMisfits(
        named,
        ingress.flatMap(({ ports = [] }) => ports.map(({ port }) => port)),
        pods.filter(({ labels }) => selects(podSelector.matchLabels, labels)),
      );
    }
    case 'Deployment':
    case 'StatefulSet':
    case 'PodDisruptionBudget': {
      const selector = workloadOf(manifest).selector?.matchLabels ?? {};
      const chosen = pods.filter(({ labels }) => selects(selector, labels));
      return chosen.length === 1 ? [] : [`${named} selects ${chosen.length} kinds of pods, not 1`];
    }
    default:
      return [];
  }
}

function portMisfits(
  named: string,
  ports: readonly (string | number)[],
  pods: readonly Pod[],
): string[] {
  if (pods.length !== 1) return [`${named} selects ${pods.length} kinds of pods, not 1`];
  const known = pods.flatMap(({ containers }) => containers.flatMap(portsOf));
  return ports.filter((port) => !known.includes(port)).map((port) => `${named}: no port ${port}`);
}

function portsOf({ ports = [] }: Container): (string | number)[] {
  return ports.flatMap(({ name, containerPort }) => [name, containerPort]);
}

function podMisfits(pod: Pod): string[] {
  const { owner, spec, volumes, containers } = pod;
  const found: string[] = [];
  if (spec.securityContext?.runAsNonRoot !== true) found.push('may run as root');
  if (spec.securityContext?.seccompProfile === undefined) found.push('has no seccomp profile');
  if (spec.automountServiceAccountToken !== false) found.push('gets a token of its account');
  const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
  for (const name of volumes) {
    if (!mounted.some((mount) => mount.name === name)) found.push(`mounts no volume ${name}`);
  }
  for (const { name } of mounted) {
    if (!volumes.includes(name)) found.push(`has no volume ${name}, which it mounts`);
  }
  return [...found, ...containers.flatMap(containerMisfits)].map((text) => `${owner}: ${text}`);
}

function containerMisfits(container: Container): string[] {
  const { securityContext } = container;
  const found: string[] = [];
  if (securityContext?.allowPrivilegeEscalation !== false) found.push('may become more');
  if (securityContext?.readOnlyRootFilesystem !== true) found.push('writes to its root');
  if (!securityContext?.capabilities?.drop?.includes('ALL')) found.push('keeps capabilities');
  const known = portsOf(container);
  for (const { httpGet, tcpSocket, grpc } of probesOf(container)) {
    const port = (httpGet ?? tcpSocket ?? grpc)?.port;
    if (port !== undefined && !known.includes(port)) found.push(`is probed at port ${port}`);
  }
  found.push(...(container.args ?? []).flatMap((argument) => argumentMisfits(container, argument)));
  return found.map((text) => `container ${container.name} ${text}`);
}

/** Variables and paths in it that the container has not. */
function argumentMisfits({ env = [], volumeMounts = [] }: Container, argument: string): string[] {
  const found: string[] = [];
  for (const [, variable] of argument.matchAll(/\$\((\w+)\)/g)) {
    // those of LeaderWorkerSet are put into every container of its groups
    const given = env.some(({ name }) => name === variable) || variable?.startsWith('LWS_');
    if (!given) found.push(`has no variable ${variable} for ${argument}`);
  }
  const path = /^--[\w-]+=(\/[\w/.-]+)$/.exec(argument)?.[1];
  const isUnder = volumeMounts.some(({ mountPath }) => `${path}/`.startsWith(`${mountPath}/`));
  if (path !== undefined && !isUnder) found.push(`mounts nothing for ${argument}`);
  return found;
}

function doubles(manifests: readonly Manifest[]): string[] {
  const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return names
    .filter((name, k) => names.indexOf(name) !== k)
    .map((name) => `${name} is there twice`);
}
