/**
 * The fields that are used of objects which Kubernetes itself does not know. A field that is not
 * listed is a failure. Read against the sources of their projects, by hand and once:
 * ScaledObject: apis/keda/v1alpha1/{scaledobject,scaletriggers}_types.go and
 * pkg/scalers/prometheus_scaler.go of kedacore/keda; ServiceMonitor: pkg/apis/monitoring/v1 of
 * prometheus-operator (Endpoint, SafeTLSConfig, SafeAuthorization); Certificate:
 * pkg/apis/certmanager/v1/types_certificate.go of cert-manager; LeaderWorkerSet:
 * api/leaderworkerset/v1/leaderworkerset_types.go of kubernetes-sigs/lws; JobSet:
 * api/jobset/v1alpha2/jobset_types.go of kubernetes-sigs/jobset.
 */
import { z } from 'zod';

const metadata = z.strictObject({
  name: z.string().max(63),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});
const secretKey = z.strictObject({ name: z.string(), key: z.string() });
const issuerRef = z.strictObject({
  name: z.string(),
  kind: z.enum(['Issuer', 'ClusterIssuer']).optional(),
  group: z.string().optional(),
});
/** What Kubernetes has a schema of: checked there, by `podTemplatesOf`. */
const podTemplate = z.record(z.string(), z.unknown());
const goDuration = z.string().regex(/^(\d+(h|m|s))+$/);
const count = z.int().min(0);

function object(apiVersion: string, kind: string, spec: z.ZodType) {
  return z.strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal(kind),
    metadata,
    spec,
  });
}

const scaledObject = z.strictObject({
  scaleTargetRef: z.strictObject({ name: z.string() }),
  minReplicaCount: count,
  maxReplicaCount: count,
  pollingInterval: count,
  cooldownPeriod: count,
  advanced: z.strictObject({
    horizontalPodAutoscalerConfig: z.strictObject({
      behavior: z.strictObject({
        scaleDown: z.strictObject({
          stabilizationWindowSeconds: z.int().min(0).max(3600),
          policies: z.array(
            z.strictObject({
              type: z.enum(['Pods', 'Percent']),
              value: z.int().min(1),
              periodSeconds: z.int().min(1).max(1800),
            }),
          ),
        }),
      }),
    }),
  }),
  triggers: z.array(
    z.strictObject({
      type: z.literal('prometheus'),
      // Utilization is of triggers on CPU and memory alone
      metricType: z.enum(['AverageValue', 'Value']),
      // all of them texts, also the numbers
      metadata: z.strictObject({
        serverAddress: z.url(),
        query: z.string().min(1),
        threshold: z.string().regex(/^\d+(\.\d+)?$/),
        activationThreshold: z.string().regex(/^\d+(\.\d+)?$/),
        ignoreNullValues: z.enum(['true', 'false']),
      }),
    }),
  ),
});

const serviceMonitor = z.strictObject({
  selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
  endpoints: z.array(
    z.strictObject({
      port: z.string(),
      path: z.string(),
      interval: z.string().regex(/^\d+(ms|s|m)$/),
      scheme: z.enum(['http', 'https', 'HTTP', 'HTTPS']).optional(),
      tlsConfig: z
        .strictObject({ serverName: z.string(), ca: z.strictObject({ secret: secretKey }) })
        .optional(),
      authorization: z.strictObject({ credentials: secretKey }).optional(),
    }),
  ),
});

const certificate = z.strictObject({
  isCA: z.boolean().optional(),
  commonName: z.string().max(64),
  secretName: z.string(),
  duration: goDuration,
  renewBefore: goDuration.optional(),
  privateKey: z.strictObject({
    algorithm: z.enum(['RSA', 'ECDSA', 'Ed25519']),
    size: z.int(),
    rotationPolicy: z.enum(['Never', 'Always']).optional(),
  }),
  usages: z.array(z.enum(['digital signature', 'server auth', 'client auth'])).optional(),
  dnsNames: z.array(z.string()).optional(),
  uris: z.array(z.url()).optional(),
  issuerRef,
});

const issuer = z.union([
  z.strictObject({ selfSigned: z.strictObject({}) }),
  z.strictObject({ ca: z.strictObject({ secretName: z.string() }) }),
]);

const leaderWorkerSet = z.strictObject({
  replicas: count,
  startupPolicy: z.enum(['LeaderCreated', 'LeaderReady']).optional(),
  leaderWorkerTemplate: z.strictObject({
    size: z.int().min(1),
    restartPolicy: z.enum(['RecreateGroupOnPodRestart', 'RecreateGroupAfterStart', 'None']),
    leaderTemplate: podTemplate,
    workerTemplate: podTemplate,
  }),
});

const jobSet = z.strictObject({
  successPolicy: z.strictObject({
    operator: z.enum(['All', 'Any']),
    targetReplicatedJobs: z.array(z.string()),
  }),
  failurePolicy: z.strictObject({ maxRestarts: count }),
  network: z.strictObject({
    enableDNSHostnames: z.boolean(),
    subdomain: z.string().optional(),
    publishNotReadyAddresses: z.boolean().optional(),
  }),
  ttlSecondsAfterFinished: count.optional(),
  replicatedJobs: z.array(
    z.strictObject({
      name: z.string(),
      replicas: z.int().min(1),
      template: z.strictObject({
        spec: z.strictObject({
          parallelism: count.optional(),
          completions: count.optional(),
          backoffLimit: count,
          template: podTemplate,
        }),
      }),
    }),
  ),
});

export const customResources: Readonly<Record<string, z.ZodType>> = {
  ScaledObject: object('keda.sh/v1alpha1', 'ScaledObject', scaledObject),
  ServiceMonitor: object('monitoring.coreos.com/v1', 'ServiceMonitor', serviceMonitor),
  Certificate: object('cert-manager.io/v1', 'Certificate', certificate),
  Issuer: object('cert-manager.io/v1', 'Issuer', issuer),
  LeaderWorkerSet: object('leaderworkerset.x-k8s.io/v1', 'LeaderWorkerSet', leaderWorkerSet),
  JobSet: object('jobset.x-k8s.io/v1alpha2', 'JobSet', jobSet),
};
