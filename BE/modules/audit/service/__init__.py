from BE.modules.audit.service.archiving import ArchiveService
from BE.modules.audit.service.trail import AuditService

__all__ = ["ArchiveService", "AuditService"]
