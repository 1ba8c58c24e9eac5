{{/* What every container of ours has in common, whether it lives long or runs once. */}}

{{- define "ame.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "ame.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Settings of every process. Secrets are files in /run/secrets, named like their variables. */}}
{{- define "ame.environment" -}}
- {name: AME_PROFILE, value: {{ .Values.profile }}}
- {name: KAFKA_BOOTSTRAP_SERVERS, value: {{ required "kafka.bootstrapServers: where the brokers are" .Values.kafka.bootstrapServers | quote }}}
{{- if and (eq .Values.kafka.security "scram") .Values.kafka.ca }}
- {name: AME_KAFKA_CA_FILE, value: /trust/{{ .Values.kafka.ca }}}
{{- end }}
- {name: AME_TOPIC_REPLICATION, value: {{ .Values.kafka.replication | quote }}}
- {name: AME_DATABASE_HOST, value: {{ required "database.host: where PostgreSQL is" .Values.database.host | quote }}}
- {name: AME_DATABASE_PORT, value: {{ .Values.database.port | quote }}}
{{- with .Values.database.ca }}
- {name: AME_DATABASE_CA_FILE, value: {{ ternary "system" (printf "/trust/%s" .) (eq . "system") }}}
{{- end }}
{{- if .Values.identity.jwks }}
- {name: AME_JWKS_FILE, value: /keys/public/jwks.json}
{{- end }}
{{- with .Values.identity.oidcIssuer }}
- {name: AME_OIDC_ISSUER, value: {{ . | quote }}}
- {name: AME_OIDC_CLIENT_ID, value: {{ $.Values.identity.oidcClientId | quote }}}
{{- end }}
{{- with .Values.identity.oidcDiscoveryUrl }}
- {name: AME_OIDC_DISCOVERY_URL, value: {{ . | quote }}}
{{- end }}
{{- with .Values.identity.publicUrl }}
- {name: AME_PUBLIC_URL, value: {{ . | quote }}}
{{- end }}
{{- if eq .service "reporting" }}
- {name: AME_AUDIT_JWKS_FILE, value: /keys/public/audit-jwks.json}
{{- if eq .role "worker" }}
- {name: AME_AUDIT_KEY_FILE, value: /keys/signing/audit.json}
{{- end }}
{{- end }}
{{- range $name, $value := merge (dict) (index .Values.services .service).settings .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end -}}

{{- define "ame.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: secrets, mountPath: /run/secrets, readOnly: true}
- {name: keys, mountPath: /keys/public, readOnly: true}
{{- if .Values.trust.configMap }}
- {name: trust, mountPath: /trust, readOnly: true}
{{- end }}
{{- end -}}

{{/* .secret: the Secret of this process. */}}
{{- define "ame.volumes" -}}
- {name: tmp, emptyDir: {sizeLimit: 1Gi}}
- {name: secrets, secret: {secretName: {{ .secret }}, defaultMode: 0440}}
- {name: keys, configMap: {name: {{ .Values.identity.keys }}}}
{{- with .Values.trust.configMap }}
- {name: trust, configMap: {name: {{ . }}}}
{{- end }}
{{- end -}}

{{/* One process that lives long: .service, .role (api or worker), .component, .process (its values). */}}
{{- define "ame.pod" -}}
metadata:
  labels:
    {{- include "ame.labels" . | nindent 4 }}
spec:
  serviceAccountName: {{ .Release.Name }}-{{ .service }}
  {{- include "ame.podSecurity" . | nindent 2 }}
  # A worker finishes the batch it holds; an interface answers what it took.
  terminationGracePeriodSeconds: 60
  topologySpreadConstraints:
    {{- range $key, $rule := dict "topology.kubernetes.io/zone" .Values.spread.zone "kubernetes.io/hostname" .Values.spread.host }}
    - maxSkew: 1
      topologyKey: {{ $key }}
      whenUnsatisfiable: {{ $rule }}
      labelSelector:
        matchLabels:
          {{- include "ame.selector" $ | nindent 10 }}
    {{- end }}
  containers:
    - name: {{ .role }}
      image: {{ include "ame.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      securityContext:
        {{- include "ame.containerSecurity" . | nindent 8 }}
      env:
        - {name: AME_ROLE, value: {{ .role }}}
        - {name: AME_SLOT, value: "@hostname"}
        {{- if eq .role "api" }}
        - {name: AME_ROOT_PATH, value: /{{ .service }}}
        {{- end }}
        {{- include "ame.environment" . | nindent 8 }}
      ports:
        - {name: http, containerPort: 8100}
      # Alive looks at progress, ready at the broker and the database as well: an outage restarts nobody.
      startupProbe:
        httpGet: {path: /live, port: http}
        periodSeconds: 5
        timeoutSeconds: 4
        failureThreshold: {{ div .process.startupSeconds 5 }}
      livenessProbe:
        httpGet: {path: /live, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet: {path: /ready, port: http}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      {{- if eq .role "api" }}
      lifecycle:
        preStop:
          sleep: {seconds: 5}  # until nobody sends any more requests here
      {{- end }}
      resources:
        {{- toYaml .process.resources | nindent 8 }}
      volumeMounts:
        {{- include "ame.mounts" . | nindent 8 }}
        - {name: state, mountPath: /state}
        {{- if and (eq .service "reporting") (eq .role "worker") }}
        - {name: audit, mountPath: /keys/signing, readOnly: true}
        {{- end }}
  volumes:
    {{- $secret := printf "%s-%s-%s" .Values.secrets.prefix .service .role }}
    {{- include "ame.volumes" (merge (dict "secret" $secret) .) | nindent 4 }}
    {{- if has .service (include "ame.sharedState" . | fromJsonArray) }}
    - {name: state, persistentVolumeClaim: {claimName: {{ include "ame.claim" . }}}}
    {{- else if eq .service "decision" }}
    - {name: state, emptyDir: {sizeLimit: 1Gi}}
    {{- end }}
    {{- if and (eq .service "reporting") (eq .role "worker") }}
    - {name: audit, secret: {secretName: {{ .Values.secrets.prefix }}-audit, defaultMode: 0440}}
    {{- end }}
{{- end -}}
