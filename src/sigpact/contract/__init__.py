"""From a file to a `Contract`: spans (`source`), one table of fields (`fields`), values (`model`)."""
