"""Signing in at the organisation's own OpenID provider, by the authorization code with PKCE."""
