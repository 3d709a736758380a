from BE.modules.exports.models.files import explanation, json_lines
from BE.modules.exports.models.zip_file import ZipWriter

__all__ = ["ZipWriter", "explanation", "json_lines"]
