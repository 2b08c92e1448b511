"""The use cases of documents, over ports."""
