"""The documents describe every route, need no network, and answer anyone."""

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient


def test_the_document_is_openapi_3_1_with_both_ways_to_show_a_key(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json

    assert document["openapi"] == "3.1.0"
    assert set(document["components"]["securitySchemes"]) == {"bearer", "api_key"}
    generate = document["paths"]["/api/v1/use-cases/{code}/generate"]["post"]
    assert set(generate["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    assert set(generate["responses"]["422"]["content"]) == {"application/problem+json"}


def test_every_route_is_described(app: Flask, client: FlaskClient) -> None:
    paths = client.get("/openapi.json").json["paths"]

    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] not in {"openapi", "swagger", "redoc", "openapi_json", "front"}
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert served == {(path, method) for path, item in paths.items() for method in item}


def test_every_reference_of_the_document_leads_somewhere(client: FlaskClient) -> None:
    response = client.get("/openapi.json")

    names = set(re.findall(r'"#/components/schemas/([^"]+)"', response.text))

    assert names <= set(response.json["components"]["schemas"])


def test_swagger_ui_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/docs/swagger")

    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert loaded
    assert [address for address in loaded if "//" in address] == []
    for address in loaded:
        with client.get(f"/docs/{address}") as file:
            assert file.status_code == 200


@pytest.mark.parametrize("name", ["rubric", "history", "propensity", "unit", "edit_distance", "weight", "tags"])
def test_a_field_whose_name_does_not_say_enough_is_explained_wherever_it_stands(client: FlaskClient, name: str) -> None:
    schemas = client.get("/openapi.json").json["components"]["schemas"]
    found = {
        title: schema["properties"][name] for title, schema in schemas.items() if name in schema.get("properties", {})
    }

    assert found
    assert [title for title, field in found.items() if '"description"' not in json.dumps(field)] == []


def test_where_nothing_is_a_stranger_is_shown_the_documents(client: FlaskClient) -> None:
    response = client.get("/")

    assert (response.status_code, response.json["code"]) == (404, "route-not-found")
    assert "/docs/swagger" in response.json["detail"]
