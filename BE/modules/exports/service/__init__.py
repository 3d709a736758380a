from BE.modules.exports.service.exports import AT_ONCE, KEPT, RETRIES, ExportService, size_of

__all__ = ["AT_ONCE", "KEPT", "RETRIES", "ExportService", "size_of"]
