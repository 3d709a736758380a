from BE.core.types import Password, RequestSchema


class StepUpRequest(RequestSchema):
    password: Password
