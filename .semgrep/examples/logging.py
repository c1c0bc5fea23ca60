# ruleid: handlers-are-not-logged-whole
@logger.inject_lambda_context(log_event=True)
def lambda_handler(event, context): ...


# ok: handlers-are-not-logged-whole
@logger.inject_lambda_context(clear_state=True)
def another_handler(event, context): ...


def work(self, logger, customer, invoice, event, email, record, webhook_secret, key):
    # ruleid: logs-hold-no-personal-data
    logger.info(f"mail to {customer.email}")
    # ruleid: logs-hold-no-personal-data
    logger.warning("mail to %s" % email)
    # ruleid: logs-hold-no-personal-data
    logger.info("mail to %s", customer.name)
    # ruleid: logs-hold-no-personal-data
    self.telling.note("a mail was refused", to=customer.email)
    # ruleid: logs-hold-no-personal-data
    self.telling.warn("mail to {}".format(email), invoice_id=invoice.id)
    # ok: logs-hold-no-personal-data
    self.telling.note("a mail was refused", customer_id=customer.id)
    # ok: logs-hold-no-personal-data
    self.composer.compose(customer.email)
    # ruleid: logs-hold-no-bodies-and-no-secrets
    logger.debug(event.body)
    # ruleid: logs-hold-no-bodies-and-no-secrets
    self.telling.warn(f"cannot read {record.json_body}")
    # ruleid: logs-hold-no-bodies-and-no-secrets
    self.telling.warn("no signature fits", secret=webhook_secret)
    # ruleid: logs-hold-no-bodies-and-no-secrets
    logger.exception("asked with %s", self.api_key)
    # ok: logs-hold-no-bodies-and-no-secrets
    self.telling.warn("cannot read it", event_id=event.id, kind=type(key).__name__)
