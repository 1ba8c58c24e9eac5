"""Who may do what, who read what. Sign-on by OIDC comes here (oidc.py)."""
