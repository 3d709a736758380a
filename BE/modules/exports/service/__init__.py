from BE.modules.exports.service.exports import ExportService

__all__ = ["ExportService"]
