"""The site of the course: what Sphinx does not do by itself, one module for each part."""
