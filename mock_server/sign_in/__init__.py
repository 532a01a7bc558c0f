"""The authorization server of contracts that OAuth 2.0 or OpenID Connect protects."""
