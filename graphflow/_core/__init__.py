"""Plain values: dtypes, shapes, errors, names, nested structures."""
