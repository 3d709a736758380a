"""The pages that show the OpenAPI document, with files of our own server alone."""
