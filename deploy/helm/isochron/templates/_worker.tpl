{{/* Called with root and, where several share a pod, name. */}}
{{- define "isochron.workerContainer" -}}
{{- $root := .root -}}
{{- $tls := include "isochron.tls" $root -}}
{{- with $root.Values -}}
name: {{ $.name }}
image: {{ include "isochron.image" $root }}
imagePullPolicy: {{ .image.pullPolicy }}
args:
  - worker
  - --coordinator={{ .loopback | ternary "127.0.0.1" (include "isochron.workerHost" $root) }}:7401
  {{- if .loopback }}
  - --name={{ $.name }}
  - --token-file=/data/store/worker-token
  {{- else }}
  # what the certificate says, and which of them it is
  - --name={{ include "isochron.workerName" $root }}:$(POD_NAME)
  {{- end }}
  {{- if .triton.enabled }}
  - --backend=oip:127.0.0.1:8001/{{ .triton.model }}?calls={{ int .triton.calls }}
  {{- else }}
  - --backend={{ .worker.backend }}
  {{- end }}
  {{- if ne .models.source "image" }}
  - --models=/models{{ with .models.subPath }}/{{ . }}{{ end }}
  {{- end }}
  - --threads={{ int .worker.threads }}
  {{- with .worker.measureMs }}
  - --measure-ms={{ int . }}
  {{- end }}
  {{- with .worker.hangMs }}
  - --hang-ms={{ int . }}
  {{- end }}
  {{- if not .loopback }}
  - --health-listen={{ .bindAddress }}:7403
  {{- end }}
  - --log-level={{ .worker.logLevel }}
  {{- if $tls }}
  - --certs=/tls
  {{- end }}
  {{- range .worker.extraArgs }}
  - {{ . | quote }}
  {{- end }}
env:
  - name: POD_NAME
    valueFrom: { fieldRef: { fieldPath: metadata.name } }
  {{- with .worker.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- if not .loopback }}
ports:
  - { name: health, containerPort: 7403 }
{{- /* It serves health while it is registered. To be without a coordinator is no reason to be
restarted; a model call that hangs is, and the worker ends itself then. */}}
startupProbe:
  tcpSocket: { port: health }
  periodSeconds: 2
  failureThreshold: 150
livenessProbe:
  tcpSocket: { port: health }
  periodSeconds: 20
readinessProbe:
  grpc: { port: 7403 }
  periodSeconds: 10
  timeoutSeconds: 5
{{- end }}
resources:
  {{- $limits := deepCopy (.worker.resources.limits | default dict) }}
  {{- if and .worker.gpu.count (not .triton.enabled) }}
  {{- $_ := set $limits .worker.gpu.resourceName (int .worker.gpu.count) }}
  {{- end }}
  {{- with .worker.resources.requests }}
  requests:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $limits }}
  limits:
    {{- toYaml . | nindent 4 }}
  {{- end }}
securityContext:
  {{- toYaml .securityContext | nindent 2 }}
volumeMounts:
  - { name: tmp, mountPath: /tmp }
  {{- if .loopback }}
  - { name: data, mountPath: /data, readOnly: true }
  {{- end }}
  {{- if ne .models.source "image" }}
  - { name: models, mountPath: /models, readOnly: true }
  {{- end }}
  {{- if $tls }}
  - { name: tls, mountPath: /tls, readOnly: true }
  {{- end }}
{{- end }}
{{- end }}

{{- define "isochron.modelsVolume" -}}
{{- with .Values.models -}}
{{- if eq .source "pvc" }}
- name: models
  persistentVolumeClaim: { claimName: {{ .pvc.claimName }}, readOnly: true }
{{- else if eq .source "hostPath" }}
- name: models
  hostPath: { path: {{ .hostPath.path }}, type: Directory }
{{- else if eq .source "oci" }}
- name: models
  image: { reference: {{ .oci.reference }}, pullPolicy: {{ .oci.pullPolicy }} }
{{- else if eq .source "init" }}
- name: models
  emptyDir: { sizeLimit: {{ .init.sizeLimit }} }
{{- end }}
{{- end }}
{{- end }}

{{- define "isochron.modelsInit" -}}
name: models
image: {{ .Values.models.init.image }}
{{- with .Values.models.init.command }}
command:
  {{- toYaml . | nindent 2 }}
{{- end }}
resources:
  {{- toYaml .Values.worker.resources | nindent 2 }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  - { name: models, mountPath: /models }
  - { name: tmp, mountPath: /tmp }
{{- end }}

{{/* A sidecar of Kubernetes: it is there before the worker, and outlives its drain. */}}
{{- define "isochron.triton" -}}
{{- with .Values -}}
name: triton
image: {{ .triton.image }}
restartPolicy: Always
command: [tritonserver]
args:
  - --model-repository=/models/{{ .triton.repositoryPath }}
  - --grpc-address=127.0.0.1
  - --grpc-port=8001
  - --http-port=8000
  - --allow-metrics=false
  {{- range .triton.extraArgs }}
  - {{ . | quote }}
  {{- end }}
ports:
  - { name: triton-http, containerPort: 8000 }
startupProbe:
  httpGet: { path: /v2/health/ready, port: triton-http }
  periodSeconds: 5
  failureThreshold: 120
livenessProbe:
  httpGet: { path: /v2/health/live, port: triton-http }
  periodSeconds: 20
  timeoutSeconds: 5
resources:
  {{- $limits := deepCopy (.triton.resources.limits | default dict) }}
  {{- if .worker.gpu.count }}
  {{- $_ := set $limits .worker.gpu.resourceName (int .worker.gpu.count) }}
  {{- end }}
  {{- with .triton.resources.requests }}
  requests:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $limits }}
  limits:
    {{- toYaml . | nindent 4 }}
  {{- end }}
securityContext:
  {{- toYaml .securityContext | nindent 2 }}
volumeMounts:
  - { name: models, mountPath: /models, readOnly: true }
  - { name: triton-tmp, mountPath: /tmp }
  - { name: shm, mountPath: /dev/shm }
{{- end }}
{{- end }}
