from BE.modules.exports.service.exports import KEPT, RETRIES, ExportService, size_of

__all__ = ["KEPT", "RETRIES", "ExportService", "size_of"]
