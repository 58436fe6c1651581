{{- define "isochron.fullname" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{/* What selectors select by: never changes in the life of a release. */}}
{{- define "isochron.selector" -}}
app.kubernetes.io/name: isochron
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "isochron.labels" -}}
{{ include "isochron.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "isochron.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "isochron.serviceAccount" -}}
{{- default (include "isochron.fullname" .) .Values.serviceAccount.name -}}
{{- end }}

{{- define "isochron.coordinatorSecret" -}}
{{- default (printf "%s-coordinator-tls" (include "isochron.fullname" .)) .Values.tls.coordinatorSecret -}}
{{- end }}

{{- define "isochron.workerSecret" -}}
{{- default (printf "%s-worker-tls" (include "isochron.fullname" .)) .Values.tls.workerSecret -}}
{{- end }}

{{- define "isochron.workerName" -}}
{{- default (include "isochron.fullname" .) .Values.tls.workerName -}}
{{- end }}

{{/* The name that workers dial and that the coordinator's certificate carries. */}}
{{- define "isochron.workerHost" -}}
{{- printf "%s-fleet.%s.svc" (include "isochron.fullname" .) .Release.Namespace -}}
{{- end }}

{{/* Whether ports speak TLS. */}}
{{- define "isochron.tls" -}}
{{- if and .Values.tls.enabled (not .Values.loopback) -}}true{{- end -}}
{{- end }}

{{/* Settings that contradict each other are refused before anything is installed. */}}
{{- define "isochron.check" -}}
{{- with .Values }}
{{- if and (not .loopback) (not .tls.enabled) (not .insecure) }}
{{- fail "tls.enabled is false: set loopback, or insecure if everybody in the cluster may use it" }}
{{- end }}
{{- if and .tls.enabled .insecure (not .loopback) }}
{{- fail "insecure is set, but so is tls.enabled: set one of them" }}
{{- end }}
{{- if and .autoscaling.keda.enabled .autoscaling.hpa.enabled }}
{{- fail "autoscaling.keda and autoscaling.hpa are both enabled: set one of them" }}
{{- end }}
{{- if and .loopback (or .autoscaling.keda.enabled .autoscaling.hpa.enabled .triton.enabled) }}
{{- fail "loopback is one pod: without autoscaling and triton" }}
{{- end }}
{{- if and .triton.enabled (not .triton.model) }}
{{- fail "triton.model is empty: name the model that Triton serves" }}
{{- end }}
{{- if and .triton.enabled (eq .models.source "image") }}
{{- fail "models.source is image: Triton needs a volume that has its repository" }}
{{- end }}
{{- $wanted := dict "pvc" "claimName" "hostPath" "path" "oci" "reference" "init" "image" }}
{{- $key := get $wanted .models.source }}
{{- if and $key (not (get (get .models .models.source) $key)) }}
{{- fail (printf "models.%s.%s is empty: models.source says %s" .models.source $key .models.source) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What both kinds of pods have. */}}
{{- define "isochron.pod" -}}
{{- $own := .own -}}
serviceAccountName: {{ include "isochron.serviceAccount" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .root.Values.podSecurityContext | nindent 2 }}
terminationGracePeriodSeconds: {{ $own.terminationGracePeriodSeconds }}
{{- with $own.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $own.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "isochron.podMetadata" -}}
labels:
  {{- include "isochron.labels" . | nindent 2 }}
  {{- with .own.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .own.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
