{{/* Words that several objects share. */}}

{{- define "ame.services" -}}{{- list "intake" "dedup" "decision" "letters" "reporting" | toJson -}}{{- end -}}

{{/* Which services keep files that interface and worker share. dedup keeps a snapshot for each pod, decision nothing. */}}
{{- define "ame.sharedState" -}}{{- list "intake" "letters" "reporting" | toJson -}}{{- end -}}

{{- define "ame.name" -}}{{ printf "%s-%s" .Release.Name .component }}{{- end -}}

{{- define "ame.selector" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "ame.labels" -}}
app.kubernetes.io/name: base-commune
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "ame.image" -}}
{{- $own := index .Values.services .service -}}
{{ .Values.image.registry }}ame-{{ .service }}:{{ $own.tag | default .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "ame.claim" -}}
{{- $own := index .Values.services .service -}}
{{ $own.state.existingClaim | default (printf "%s-%s-state" .Release.Name .service) }}
{{- end -}}
