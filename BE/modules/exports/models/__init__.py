from BE.modules.exports.models.exports import Export, JobState
from BE.modules.exports.models.files import explanation, json_lines
from BE.modules.exports.models.zip_file import ZipWriter

__all__ = ["Export", "JobState", "ZipWriter", "explanation", "json_lines"]
