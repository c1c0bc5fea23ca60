"""Who works, and in which part of the due index work waits. Imports nothing: the doors load it first."""

from enum import StrEnum


class Worker(StrEnum):
    """The queues, each named after the function that works on it."""

    EVENT_PROCESSING = "event_processing"
    RETRY_EXECUTION = "retry_execution"
    ATTEMPT_RESOLUTION = "attempt_resolution"
    REMINDER_DISPATCH = "reminder_dispatch"
    EMAIL_DELIVERY = "email_delivery"
    FINAL_ACTION = "final_action"
    WEBHOOK_DELIVERY = "webhook_delivery"


class Lane(StrEnum):
    """The parts of the due index: work of any minute, the nightly sweep's, and webhooks that wait for another
    try."""

    WORK = "work"
    FINAL = "final"
    WEBHOOKS = "webhooks"
