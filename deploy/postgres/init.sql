-- Five databases, two roles each: the owner migrates, the app role serves and has only what the owner grants.
-- Run by psql as the administrator: by the embedded server at its first start, by the container image likewise.
-- Passwords come from the environment (AME_<SERVICE>_OWNER_PASSWORD, AME_<SERVICE>_APP_PASSWORD). Safe to repeat.
\set ON_ERROR_STOP on
\set template template0

\getenv owner_password AME_INTAKE_OWNER_PASSWORD
\getenv app_password AME_INTAKE_APP_PASSWORD
\set service intake
\set database ame_intake
\ir roles.psql
\ir database.psql

\getenv owner_password AME_DEDUP_OWNER_PASSWORD
\getenv app_password AME_DEDUP_APP_PASSWORD
\set service dedup
\set database ame_dedup
\ir roles.psql
\ir database.psql

\getenv owner_password AME_DECISION_OWNER_PASSWORD
\getenv app_password AME_DECISION_APP_PASSWORD
\set service decision
\set database ame_decision
\ir roles.psql
\ir database.psql

\getenv owner_password AME_LETTERS_OWNER_PASSWORD
\getenv app_password AME_LETTERS_APP_PASSWORD
\set service letters
\set database ame_letters
\ir roles.psql
\ir database.psql

\getenv owner_password AME_REPORTING_OWNER_PASSWORD
\getenv app_password AME_REPORTING_APP_PASSWORD
\set service reporting
\set database ame_reporting
\ir roles.psql
\ir database.psql
