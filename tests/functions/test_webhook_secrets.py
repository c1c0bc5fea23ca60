"""How often a function that takes webhooks in reads its secrets."""

import json
from datetime import timedelta

from dunwell.bootstrap import Application
from dunwell.parts import SECRETS_RENEWED_EVERY

from tests.build import DAY_0
from tests.fakes import FakeClock


class Secrets:
    """Secrets Manager's provider; remembers which reads were forced."""

    def __init__(self):
        self.forced = []

    def get(self, name, *, max_age, force_fetch):
        self.forced.append(force_fetch)
        return json.dumps({"api_key": "rk_1", "webhook_secrets": ["whsec_1", ""]})


def test_signatures_that_do_not_fit_renew_the_secrets_once_a_minute():
    """However many forged requests ask for it; an empty one, left from a rotation, is none."""
    provider, clock = Secrets(), FakeClock(DAY_0)
    environment = {"STRIPE_SECRET": "arn:of:it", "LIVEMODE": "false"}
    application = Application(
        environment, _secrets_provider=provider, clock=clock, events=None, queues=None, telling=None
    )
    secrets = application.webhook_intake.reader.secrets
    assert secrets(False) == ["whsec_1"]
    for _ in range(5):
        secrets(True)
    clock.at += SECRETS_RENEWED_EVERY - timedelta(seconds=1)
    secrets(True)
    clock.at += timedelta(seconds=1)
    secrets(True)
    assert provider.forced == [False, True, False, False, False, False, False, True]
