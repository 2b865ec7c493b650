"""OpenAPI 3.1 documents, written from the operations themselves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

import armillary
from armillary.dialects._kit.dialects import Dialect
from armillary.dialects._kit.exchanges import Stream
from armillary.dialects._kit.operations import Operation

Document = dict[str, Any]
_REF = "#/components/schemas/{name}"
_IDEMPOTENCY_KEY: Document = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
_SECURITY: Document = {
    "key": {"type": "http", "scheme": "bearer", "description": "An Armillary API key, as `Authorization: Bearer`."}
}


_BYTES: Document = {"type": "string", "format": "binary"}
#: What a body that the handler reads by itself looks like, where it is more than bytes.
_FORMS: dict[str, Document] = {
    "multipart/form-data": {"type": "object", "properties": {"file": _BYTES}, "required": ["file"]}
}
_WITHOUT_SCHEMA = (None, bytes, Stream)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schemas:
    """What the bodies, queries, replies and errors of a dialect look like: each kind's schema, by its ``repr``.

    A query's is written out, since it is told member by member; the others mostly refer to ``components``.
    """

    by_kind: Mapping[str, Document]
    components: Mapping[str, Document]

    def of(self, kind: Any) -> Document:  # noqa: ANN401  any type that an operation names
        """The kind's schema."""
        return self.by_kind[repr(kind)]

    def demands(self, kind: Any) -> bool:  # noqa: ANN401  as above
        """Whether a body of this kind has members that must be there; an empty one reads as an empty object."""
        schema = self.of(kind)
        name = schema.get("$ref", "").rpartition("/")[2]
        return bool(self.components.get(name, schema).get("required"))


def document(dialect: Dialect, *, prefix: str | None = None) -> Document:
    """The dialect's whole document; its paths begin with ``prefix`` (default: the dialect's first) where they may."""
    operations = dialect.router.operations
    schemas = _schemas(dialect, operations)
    root = dialect.prefixes[0] if prefix is None else prefix
    paths: Document = {}
    for operation in operations:
        hangs = root if root in (operation.prefixes or (root,)) else operation.prefixes[0]
        paths.setdefault(hangs + operation.path, {})[operation.method.lower()] = _operation(dialect, operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": dialect.title, "version": armillary.__version__, "description": dialect.description},
        "paths": paths,
        "components": {"schemas": dict(schemas.components), "securitySchemes": _SECURITY},
        "security": [{"key": []}],
    }


def merged(documents: Iterable[tuple[Dialect, Document]]) -> Document:
    """One document of several dialects: each schema's and operation's name led by its dialect's."""
    paths: Document = {}
    schemas: Document = {}
    for dialect, one in documents:
        renamed = _prefixed(one, dialect.name)
        for path, methods in renamed["paths"].items():
            paths.setdefault(path, {}).update(methods)
        schemas |= renamed["components"]["schemas"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Armillary",
            "version": armillary.__version__,
            "description": "One registry of AI models, in every dialect that this server speaks.",
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SECURITY},
        "security": [{"key": []}],
    }


def _prefixed(one: Document, name: str) -> Document:
    text = msgspec.json.encode(one).decode().replace('"#/components/schemas/', f'"#/components/schemas/{name}.')
    renamed: Document = msgspec.json.decode(text)
    schemas = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {f"{name}.{schema}": value for schema, value in schemas.items()}
    for methods in renamed["paths"].values():
        for operation in methods.values():
            operation["operationId"] = f"{name}.{operation['operationId']}"
            operation["tags"] = [name]
    return renamed


def _schemas(dialect: Dialect, operations: Iterable[Operation]) -> Schemas:
    kinds: list[Any] = [dialect.error]
    for operation in operations:
        kinds += [kind for kind in (operation.body, operation.reply, operation.query) if kind not in _WITHOUT_SCHEMA]
    unique = list({repr(kind): kind for kind in kinds}.values())
    written, components = msgspec.json.schema_components(unique, ref_template=_REF)
    if dialect.encoder.decimal_format == "number":
        components, written = _with_numbers(components), _with_numbers(written)
    components = {name: _told(component) for name, component in components.items()}
    by_kind = {repr(kind): schema for kind, schema in zip(unique, written, strict=True)}
    for kind in {repr(operation.query) for operation in operations if operation.query is not None}:
        by_kind[kind] = components.pop(by_kind[kind]["$ref"].rpartition("/")[2])
    return Schemas(by_kind=by_kind, components=components)


def _told(component: Document) -> Document:
    # a docstring comes with the indentation of its source
    if "description" in component:
        return component | {"description": inspect.cleandoc(component["description"])}
    return component


def _with_numbers(value: Any) -> Any:  # noqa: ANN401  any JSON
    if isinstance(value, dict):
        if value.get("format") == "decimal":
            return {"type": "number", **{k: v for k, v in value.items() if k not in {"type", "format"}}}
        return {key: _with_numbers(inner) for key, inner in value.items()}
    return [_with_numbers(inner) for inner in value] if isinstance(value, list | tuple) else value


def _operation(dialect: Dialect, operation: Operation, schemas: Schemas) -> Document:
    summary, _, description = inspect.cleandoc(operation.handler.__doc__ or operation.name).partition("\n")
    written: Document = {
        "operationId": operation.name,
        "summary": summary,
        "parameters": [
            *_path_parameters(operation),
            *_query_parameters(operation, schemas),
            *_header_parameters(operation),
        ],
        "responses": _responses(dialect, operation, schemas),
    }
    if description.strip() or operation.scope:
        needs = f"\n\nNeeds the scope `{operation.scope}`." if operation.scope else ""
        written["description"] = (description.strip() + needs).strip()
    if operation.body is not None:
        content = {operation.takes: {"schema": _body(operation, schemas)}}
        required = not dialect.empty_body or operation.body is bytes or schemas.demands(operation.body)
        written["requestBody"] = {"required": required, "content": content}
    if operation.public:
        written["security"] = []
    return written


def _body(operation: Operation, schemas: Schemas) -> Document:
    if operation.body is bytes:
        return _FORMS.get(operation.takes, _BYTES)
    return schemas.of(operation.body)


def _path_parameters(operation: Operation) -> list[Document]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"minLength": 1, **msgspec.json.schema(kind)}}
        for name, kind in operation.path_types
    ]


def _query_parameters(operation: Operation, schemas: Schemas) -> list[Document]:
    if operation.query is None:
        return []
    schema = schemas.of(operation.query)
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _stated(member)}
        for name, member in schema.get("properties", {}).items()
    ]


def _stated(member: Document) -> Document:
    """What a member of a query holds where it is stated: None stands for its absence, and a query has no null."""
    kinds: list[Document] = [kind for kind in member.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return member
    return kinds[0] | {name: value for name, value in member.items() if name != "anyOf" and value is not None}


def _header_parameters(operation: Operation) -> list[Document]:
    if not operation.creates:
        return []
    text = "Makes the request safe to repeat: the same key and body are answered as the first time, for a day."
    return [{"name": "Idempotency-Key", "in": "header", "description": text, "schema": _IDEMPOTENCY_KEY}]


def _responses(dialect: Dialect, operation: Operation, schemas: Schemas) -> Document:
    success: Document = {"description": "Success."}
    if operation.reply is not None and operation.status != 204:
        schema = _BYTES if operation.reply is Stream else schemas.of(operation.reply)
        success["content"] = {operation.media_type: {"schema": schema}}
    error = {"content": {dialect.error_media_type: {"schema": schemas.of(dialect.error)}}}
    responses: Document = {str(operation.status): success}
    if operation.cached:
        responses["304"] = {"description": "Nothing changed since `If-None-Match`."}
    responses["default"] = {"description": _refusals(operation), **error}
    return responses


def _refusals(operation: Operation) -> str:
    words = (re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).lower() for kind in operation.raises)
    return f"Refused: {', '.join(words)}." if operation.raises else "Refused."
