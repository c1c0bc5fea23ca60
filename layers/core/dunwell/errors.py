"""What adapters raise and use cases answer: what happened, whether it did, and whether to come again."""


class ProcessorUnavailableError(Exception):
    """The processor is known to be down, or refuses for now: nothing happened, try again later."""


class ObjectMissingError(Exception):
    """The processor knows no such object (404)."""


class StaleFactsError(Exception):
    """Somebody else wrote the facts since they were read: read again, decide again."""


class WebhookRefusedError(Exception):
    """A webhook that is not taken in: the HTTP status to answer with, and why (no payload in it)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class MailRefusedError(Exception):
    """The mail service refused this mail for good; it was not sent."""


class MailOutcomeUnknownError(Exception):
    """The mail may or may not have left; it must not be sent again."""


class MailUnavailableError(Exception):
    """The mail service cannot take a mail now; it was not sent."""


class EndpointFailedError(Exception):
    """An endpoint did not take a webhook: why, in a few words. `is_final` when it never will."""

    def __init__(self, problem: str, *, is_final: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.is_final = is_final


class BusUnavailableError(Exception):
    """The bus did not take an event now; it is published again."""
