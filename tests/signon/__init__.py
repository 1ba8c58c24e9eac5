"""The sign-on against a real Keycloak, by `make test-signon`: no file here has a name that `make test` collects."""
