from BE.modules.audit.service.addresses import AddressService
from BE.modules.audit.service.archives import ArchiveService
from BE.modules.audit.service.audit import AuditService

__all__ = ["AddressService", "ArchiveService", "AuditService"]
