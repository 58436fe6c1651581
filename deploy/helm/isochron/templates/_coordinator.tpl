{{- define "isochron.coordinatorContainer" -}}
{{- $host := .Values.loopback | ternary "127.0.0.1" .Values.bindAddress -}}
{{- $tls := include "isochron.tls" . -}}
{{- $c := .Values.coordinator -}}
name: coordinator
image: {{ include "isochron.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  - coordinator
  - --listen={{ $host }}:7400
  - --worker-listen={{ $host }}:7401
  - --http-listen={{ $host }}:7402
  {{- range (list "" (printf ".%s" .Release.Namespace) (printf ".%s.svc" .Release.Namespace)) }}
  - --http-host={{ include "isochron.fullname" $ }}{{ . }}
  {{- end }}
  {{- range $c.service.httpHosts }}
  - --http-host={{ . }}
  {{- end }}
  # A folder of its own: the volume's root belongs to root, and what is in it may be read by a group.
  - --data=/data/store
  {{- if .Values.auth.tokensSecret }}
  - --tokens=/tokens/tokens.json
  {{- end }}
  - --retain-days={{ $c.retain.days }}
  - --retain-jobs={{ int $c.retain.jobs }}
  - --retain-gib={{ $c.retain.gib }}
  - --checkpoint-ms={{ int $c.checkpointMs }}
  - --spot-checks={{ int $c.spotChecks }}
  - --log-level={{ $c.logLevel }}
  {{- if $tls }}
  - --certs=/tls
  {{- else if not .Values.loopback }}
  - --insecure-bind-anything
  {{- end }}
  {{- range $c.extraArgs }}
  - {{ . | quote }}
  {{- end }}
{{- with $c.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - { name: clients, containerPort: 7400 }
  - { name: fleet, containerPort: 7401 }
  - { name: http, containerPort: 7402 }
{{- /* gRPC probes cannot speak TLS, and no probe reaches a pod's loopback but a command in it */}}
startupProbe:
  {{- include "isochron.coordinatorProbe" (dict "root" . "path" "/healthz") | nindent 2 }}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 150
livenessProbe:
  {{- include "isochron.coordinatorProbe" (dict "root" . "path" "/healthz") | nindent 2 }}
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  {{- include "isochron.coordinatorProbe" (dict "root" . "path" "/readyz") | nindent 2 }}
  periodSeconds: 10
  timeoutSeconds: 5
resources:
  {{- toYaml $c.resources | nindent 2 }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  - { name: data, mountPath: /data }
  - { name: tmp, mountPath: /tmp }
  {{- if $tls }}
  - { name: tls, mountPath: /tls, readOnly: true }
  {{- end }}
  {{- if .Values.auth.tokensSecret }}
  - { name: tokens, mountPath: /tokens, readOnly: true }
  {{- end }}
{{- end }}

{{- define "isochron.coordinatorProbe" -}}
{{- if .root.Values.loopback -}}
exec:
  command:
    - node
    - -e
    - >-
      fetch('http://127.0.0.1:7402{{ .path }}')
      .then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))
{{- else if include "isochron.tls" .root -}}
httpGet:
  path: {{ .path }}
  port: http
  scheme: HTTPS
{{- else -}}
grpc: { port: 7400 }
{{- end -}}
{{- end }}
