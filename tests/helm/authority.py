"""The authority of one cluster: who each part of it is, by certificates, and the files by which clients come in."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM


class Authority:
    """Signs certificates into ``folder``; lives as long as the cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "one cluster")])
        own = self._certificate(self._name, self._key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.certificate = folder / "ca.pem"
        self.certificate.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(PEM))
        # Tokens of service accounts are signed with a key of their own.
        self.accounts = folder / "accounts.key"
        self._write_key(self.accounts, rsa.generate_private_key(65537, 2048))

    def issue(
        self, name: str, *, group: str = "", addresses: tuple[str, ...] = (), hosts: tuple[str, ...] = ()
    ) -> tuple[Path, Path]:
        """Certificate and key of ``name``, as a client of ``group`` and, with ``addresses``, as a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
        parts += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)] if group else []
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        certificate = self._certificate(x509.Name(parts), key.public_key()).add_extension(usage, critical=False)
        if addresses or hosts:
            names = [x509.IPAddress(ipaddress.ip_address(one)) for one in addresses]
            certificate = certificate.add_extension(
                x509.SubjectAlternativeName([*names, *map(x509.DNSName, hosts)]), critical=False
            )
        stem = self.folder / name.replace(":", "-")
        written, secret = stem.with_suffix(".pem"), stem.with_suffix(".key")
        written.write_bytes(certificate.sign(self._key, hashes.SHA256()).public_bytes(PEM))
        self._write_key(secret, key)
        return written, secret

    def way_in(self, server: str, name: str, *, group: str = "") -> Path:
        """A kubeconfig by which ``name`` speaks to ``server``."""
        certificate, key = self.issue(name, group=group)

        def inline(path: Path) -> str:
            return base64.b64encode(path.read_bytes()).decode()

        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "one",
            "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
            "clusters": [
                {"name": "one", "cluster": {"server": server, "certificate-authority-data": inline(self.certificate)}}
            ],
            "users": [
                {
                    "name": "one",
                    "user": {"client-certificate-data": inline(certificate), "client-key-data": inline(key)},
                }
            ],
        }
        path = certificate.with_suffix(".json")
        path.touch(mode=0o600)
        path.write_text(json.dumps(content))
        return path

    def _certificate(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=2))
        )

    @staticmethod
    def _write_key(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
        path.touch(mode=0o600)
        plain = serialization.NoEncryption()
        path.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain))
