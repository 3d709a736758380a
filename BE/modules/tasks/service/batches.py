from BE.core.limits.batches import Batches


class TaskBulks(Batches):
    """Requests that change many tasks."""


class TaskImports(Batches):
    """Requests that upload a file of tasks."""
