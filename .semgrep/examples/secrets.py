import hmac


def verify(self, given, token, signature, webhook_secret, tokens, kind):
    # ruleid: secrets-are-compared-in-constant-time
    token == given
    # ruleid: secrets-are-compared-in-constant-time
    given != signature
    # ruleid: secrets-are-compared-in-constant-time
    self.api_key == given
    # ruleid: secrets-are-compared-in-constant-time
    given == self.webhook_secret
    # ruleid: secrets-are-compared-in-constant-time
    token in tokens
    # ok: secrets-are-compared-in-constant-time
    hmac.compare_digest(token, given)
    # ok: secrets-are-compared-in-constant-time
    signature is None
    # ok: secrets-are-compared-in-constant-time
    kind == given
