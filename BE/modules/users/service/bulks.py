from BE.core.limits.batches import Batches


class UserBulks(Batches):
    """Requests that create many users."""
