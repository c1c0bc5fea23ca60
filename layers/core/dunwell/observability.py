"""`Telling` over Powertools: structured logs and metrics. Ids and counts only, never personal data."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import cache
from typing import Any, TextIO

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit, single_metric

from dunwell.domain.money import Money

NAMESPACE = "Dunwell"

_about: ContextVar[str | None] = ContextVar("about", default=None)


class Printing(logging.StreamHandler[TextIO]):
    """Writes to what is standard output at the time: loggers outlive whoever redirects it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stdout


@cache
def _printing(service: str) -> Printing:  # noqa: ARG001 - one for each service's logger, which is one, too
    return Printing()


class PowertoolsTelling:
    """One function's logger and metrics; metrics are written once for each invocation."""

    def __init__(self, service: str) -> None:
        self._logger = Logger(
            service=service, log_uncaught_exceptions=False, logger_handler=_printing(service)
        )
        self._metrics = EphemeralMetrics(namespace=NAMESPACE, service=service)
        self._service, self._counted = service, False

    def count(self, name: str, value: int = 1) -> None:
        self._counted = True
        self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)

    def amount(self, name: str, money: Money) -> None:
        """A metric of its own, for it has one dimension more than the others."""
        told = {"service": self._service, "currency": money.currency}
        with single_metric(
            name, MetricUnit.Count, money.amount, namespace=NAMESPACE, default_dimensions=told
        ):
            pass

    def age(self, name: str, age: timedelta) -> None:
        self._counted = True
        self._metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=max(0.0, age.total_seconds()))

    def note(self, text: str, **fields: str | int | None) -> None:
        self._logger.info(text, extra=_extra(fields))

    def warn(self, text: str, **fields: str | int | None) -> None:
        self._logger.warning(text, extra=_extra(fields))

    @contextmanager
    def about(self, invoice_id: str | None) -> Iterator[None]:
        token = _about.set(invoice_id)
        try:
            yield
        finally:
            _about.reset(token)

    @contextmanager
    def invocation(self, context: Any) -> Iterator[None]:
        """Ties the logs to one invocation, and writes its metrics at the end, failed or not."""
        self._logger.append_keys(aws_request_id=getattr(context, "aws_request_id", None))
        try:
            yield
        finally:
            if self._counted:
                self._metrics.flush_metrics()
                self._counted = False


def _extra(fields: Mapping[str, str | int | None]) -> dict[str, Any]:
    told = {name: value for name, value in fields.items() if value is not None}
    return {"correlation_id": _about.get(), "fields": told}
