"""As much of JSON Schema as the OpenAPI document of the API uses: an unknown word is an error, so that
nothing that is meant goes unchecked."""
KNOWN = {"type", "properties", "required", "additionalProperties", "items", "format", "title", "description",
         "enum", "const", "minItems", "pattern", "x-unit"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_of(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def check(value, schema, at="$"):
    """Raises an AssertionError that names the place."""
    assert set(schema) <= KNOWN, f"{at}: the schema has {set(schema) - KNOWN}"
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    assert not types or any(is_of(value, name) for name in types), f"{at}: {value!r} is none of {types}"
    assert "enum" not in schema or value in schema["enum"], f"{at}: {value!r}"
    assert "const" not in schema or value == schema["const"], f"{at}: {value!r}"
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        missing = set(schema.get("required", [])) - set(value)
        assert not missing, f"{at} has no {missing}"
        if schema.get("additionalProperties") is False:
            assert set(value) <= set(properties), f"{at}: nobody told of {set(value) - set(properties)}"
        for key, inner in properties.items():
            if key in value:
                check(value[key], inner, f"{at}.{key}")
    if isinstance(value, list):
        assert len(value) >= schema.get("minItems", 0), f"{at} is empty"
        for i, item in enumerate(value):
            check(item, schema.get("items", {}), f"{at}[{i}]")
