from BE.core.exceptions import ConflictError, InvalidInputError, NotFoundError


class WebhookNotFound(NotFoundError):
    """There is no such webhook"""


class AttemptNotFound(NotFoundError):
    """There is no such attempt, or it was made long ago"""


class WebhookIsOff(ConflictError):
    """This webhook is switched off: switch it on first"""


class TooManyWebhooks(ConflictError):
    """You have too many webhooks"""

    def __init__(self, most: int) -> None:
        super().__init__(f"You cannot have more than {most} webhooks: delete one first")


class AddressNotSecure(InvalidInputError):
    """The address must begin with https://"""

    def __init__(self) -> None:
        super().__init__(details=[self.at("url", "value_error")])


class UnknownEvent(InvalidInputError):
    """There is no such event"""
