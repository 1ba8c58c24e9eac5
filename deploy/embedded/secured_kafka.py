"""A broker behind locked doors: clients by SCRAM over TLS, the controller by certificates, nobody without a grant."""

import secrets
from collections.abc import Callable
from pathlib import Path

from confluent_kafka import KafkaException
from pydantic import SecretStr

from deploy.embedded.certificates import make_certificates
from deploy.embedded.kafka import EmbeddedKafka
from shared.messaging.broker_grants import administration
from shared.messaging.kafka_connection import MECHANISM
from shared.settings import Settings

ADMINISTRATOR = "admin"
BROKER = "broker1"
LOGIN = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="{}" password="{}";'


class SecuredKafka(EmbeddedKafka):
    """One broker as operators lock it; `administrator` gives the settings of who may do everything."""

    def __init__(self, folder: Path, *, libraries: Path, say: Callable[[str], None] = print) -> None:
        super().__init__(folder, libraries=libraries, say=say)
        self.password = secrets.token_urlsafe(24)
        self.authority, own = make_certificates(self.folder / "certificates", BROKER)
        self.format_options = ["--add-scram", f"{MECHANISM}=[name={ADMINISTRATOR},password={self.password}]"]
        self.settings = {
            "listener.security.protocol.map": "CLIENTS:SASL_SSL,CONTROLLER:SSL",
            "sasl.enabled.mechanisms": MECHANISM,
            "sasl.mechanism.inter.broker.protocol": MECHANISM,
            f"listener.name.clients.{MECHANISM.lower()}.sasl.jaas.config": LOGIN.format(ADMINISTRATOR, self.password),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": own,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.authority,
            "listener.name.controller.ssl.client.auth": "required",
            "ssl.principal.mapping.rules": f"RULE:^CN=({BROKER})$/$1/,DEFAULT",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{ADMINISTRATOR};User:{BROKER}",
        }

    @property
    def administrator(self) -> Settings:
        """The settings of the one who may do everything here."""
        return self.settings_of(ADMINISTRATOR, self.password)

    def settings_of(self, user: str, password: str) -> Settings:
        """The settings of a process that signs in as ``user``."""
        return Settings(
            profile="test",
            kafka_bootstrap_servers=self.address,
            kafka_user=user,
            kafka_password=SecretStr(password),
            kafka_ca_file=self.authority,
        )

    def _answers(self) -> bool:
        try:
            return len(administration(self.administrator).list_topics(timeout=2).brokers) > 0
        except KafkaException:
            return False
