"""Each export is read as its vendor writes it; what breaks a rule is refused by line and column, or by its path."""

import json
from datetime import date
from decimal import Decimal

import pytest

from app.domain.errors import Invalid
from app.domain.statement import EVERY, Told
from app.services.statement_formats import READERS, read

FIRST, SECOND = 1_793_491_200, 1_793_577_600  # 2026-11-01 and 2026-11-02, midnight UTC
DAY, NEXT = date(2026, 11, 1), date(2026, 11, 2)


def openai(*results: object, begin: int = FIRST, end: int = SECOND, more: bool = False) -> str:
    bucket = {"object": "bucket", "start_time": begin, "end_time": end, "results": list(results)}
    return json.dumps({"object": "page", "data": [bucket], "has_more": more, "next_page": None})


def anthropic(*results: object, end: str = "2026-11-02T00:00:00Z") -> str:
    bucket = {"starting_at": "2026-11-01T00:00:00Z", "ending_at": end, "results": list(results)}
    return json.dumps({"data": [bucket], "has_more": False, "next_page": None})


COMPLETIONS = {
    "object": "organization.usage.completions.result",
    "input_tokens": 1000,
    "output_tokens": 500,
    "input_cached_tokens": 800,
    "input_audio_tokens": 0,
    "num_model_requests": 5,
    "project_id": None,
    "model": "gpt-4o-2024-08-06",
    "batch": None,
}
EMBEDDINGS = {
    "object": "organization.usage.embeddings.result",
    "input_tokens": 16,
    "num_model_requests": 2,
    "model": "e",
}
OPENAI_COST = {
    "object": "organization.costs.result",
    "amount": {"value": 0.13080438, "currency": "usd"},
    "line_item": "gpt-4o-2024-08-06, input",
    "project_id": None,
}
MESSAGES = {
    "uncached_input_tokens": 1500,
    "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
    "cache_read_input_tokens": 200,
    "output_tokens": 50,
    "server_tool_use": {"web_search_requests": 10},
    "model": "claude-opus-5",
    "service_tier": "standard",
}
ANTHROPIC_COST = {
    "amount": "123.78912",
    "currency": "USD",
    "cost_type": "tokens",
    "description": "Claude Opus 5 Usage - Input Tokens",
    "model": "claude-opus-5",
    "token_type": "uncached_input_tokens",
}
OPENAI_USAGE_CSV = """\
start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,model,batch,input_tokens,output_tokens
1793491200,1793577600,2026-11-01T00:00:00+00:00,2026-11-02T00:00:00+00:00,p,10.0,gpt-4o,FALSE,59200.0,10646.0
1793577600,1793664000,2026-11-02T00:00:00+00:00,2026-11-03T00:00:00+00:00,,,,,,
"""
OPENAI_COSTS_CSV = """\
start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id
1793491200,1793577600,2026-11-01T00:00:00+00:00,2026-11-02T00:00:00+00:00,0.8958740000000000,usd,,
1793577600,1793664000,2026-11-02T00:00:00+00:00,2026-11-03T00:00:00+00:00,5e-07,usd,"gpt-4o, output",
1793664000,1793750400,2026-11-03T00:00:00+00:00,2026-11-04T00:00:00+00:00,,,,
"""
ANTHROPIC_USAGE_CSV = """\
usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,\
usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,\
usage_output_tokens,web_search_count
2026-11-01,claude-opus-5,App,Default,standard,≤ 200k,46981,15969,0,7,16932,0
"""
ANTHROPIC_COSTS_CSV = """\
usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type
2026-11-01,Claude Haiku 4.5,Default,demo,message,≤ 200k,input_no_cache,0.05,0.05,token
2026-11-01,,Default,demo,message,,,0.10,0.10,web_search
"""
GENERIC = "day,model,requests,input_tokens,output_tokens,cost_usd\n2026-11-01,a,3,10,5,0.25\n2026-11-02,b,,,,-1.5\n"

GOOD = [
    (
        "openai-usage",
        openai(COMPLETIONS, EMBEDDINGS),
        [Told(DAY, "gpt-4o-2024-08-06", 5, 1000, 500), Told(DAY, "e", 2, 16, 0)],
    ),
    ("openai-usage", OPENAI_USAGE_CSV, [Told(DAY, "gpt-4o", 10, 59200, 10646)]),
    ("openai-usage", OPENAI_USAGE_CSV.replace(",", "\t"), [Told(DAY, "gpt-4o", 10, 59200, 10646)]),
    ("openai-costs", openai(OPENAI_COST), [Told(DAY, "gpt-4o-2024-08-06", cost=Decimal("0.13080438"))]),
    ("openai-costs", openai({**OPENAI_COST, "line_item": None}), [Told(DAY, EVERY, cost=Decimal("0.13080438"))]),
    (
        "openai-costs",
        OPENAI_COSTS_CSV,
        [Told(DAY, EVERY, cost=Decimal("0.895874")), Told(NEXT, "gpt-4o", cost=Decimal("0.0000005"))],
    ),
    ("anthropic-usage", anthropic(MESSAGES), [Told(DAY, "claude-opus-5", None, 3200, 50)]),
    ("anthropic-usage", ANTHROPIC_USAGE_CSV, [Told(DAY, "claude-opus-5", None, 62957, 16932)]),
    ("anthropic-costs", anthropic(ANTHROPIC_COST), [Told(DAY, "claude-opus-5", cost=Decimal("1.2378912"))]),
    (
        "anthropic-costs",
        anthropic({"amount": "200.00", "currency": "USD", "cost_type": "web_search", "description": "Web Search"}),
        [Told(DAY, "Web Search", cost=Decimal(2))],
    ),
    ("anthropic-costs", anthropic({"amount": "100", "currency": "USD"}), [Told(DAY, EVERY, cost=Decimal(1))]),
    (
        "anthropic-costs",
        ANTHROPIC_COSTS_CSV,
        [Told(DAY, "Claude Haiku 4.5", cost=Decimal("0.05")), Told(DAY, "web_search", cost=Decimal("0.1"))],
    ),
    ("generic", GENERIC, [Told(DAY, "a", 3, 10, 5, Decimal("0.25")), Told(NEXT, "b", cost=Decimal("-1.5"))]),
    ("generic", "\ufeffDay,Model\r\n20261101,a\r\n\r\n", [Told(DAY, "a")]),
    ("generic", 'day,model\n2026-11-01T23:30:00-02:00,"a, ""b"""\n', [Told(NEXT, 'a, "b"')]),
]


@pytest.mark.parametrize(("name", "text", "told"), GOOD)
def test_an_export_is_read_as_its_vendor_writes_it(name: str, text: str, told: list[Told]) -> None:
    assert read(name, text) == told


def test_pages_are_joined_in_a_list() -> None:
    pages = f"[{openai(COMPLETIONS, more=True)},{openai(COMPLETIONS)}]"

    assert len(read("openai-usage", pages)) == 2


BAD = [
    ("openai-usage", openai(COMPLETIONS, more=True), "has_more: a page is missing"),
    ("openai-usage", openai({**COMPLETIONS, "model": None}), r"data\[0\]\.results\[0\]\.model: group"),
    ("openai-usage", openai({**COMPLETIONS, "input_tokens": 1.5}), r"results\[0\]\.input_tokens: a whole number"),
    ("openai-usage", openai({**COMPLETIONS, "input_tokens": -1}), "a whole number"),
    ("openai-usage", openai({**COMPLETIONS, "input_tokens": True}), "a whole number"),
    ("openai-usage", openai(COMPLETIONS, end=SECOND + 1), "at most one UTC day"),
    ("openai-usage", openai(COMPLETIONS, begin=SECOND, end=FIRST), "at most one UTC day"),
    ("openai-usage", openai(COMPLETIONS, end=10**18), "end_time: a moment"),
    ("openai-usage", '{"data": [}', "line 1, column 11"),
    ("openai-usage", '{"data": NaN}', "finite numbers"),
    ("openai-usage", "[" * 100_000, "usual depth"),
    ("openai-usage", '{"data": {}}', "data: a list"),
    ("openai-usage", "[1]", r"\[0\]: an object"),
    ("openai-usage", OPENAI_USAGE_CSV.replace("59200.0", "1,000"), "line 2"),
    ("openai-usage", OPENAI_USAGE_CSV.replace("59200.0", "1e999"), "line 2, column input_tokens: a whole number"),
    ("openai-usage", OPENAI_USAGE_CSV.replace("2026-11-01T", "yesterday "), "line 2, column start_time_iso: a day"),
    ("openai-usage", OPENAI_USAGE_CSV.replace(",model,", ",engine,"), "line 1: no column model"),
    ("openai-costs", openai({**OPENAI_COST, "amount": {"value": 1, "currency": "eur"}}), "currency: US dollars"),
    ("openai-costs", openai({**OPENAI_COST, "amount": None}), "amount: an object"),
    ("openai-costs", OPENAI_COSTS_CSV.replace("usd", "eur"), "line 2, column amount_currency"),
    ("anthropic-usage", anthropic({**MESSAGES, "model": None}), "group the export by model"),
    ("anthropic-usage", anthropic(MESSAGES, end="2026-11-08T00:00:00Z"), "at most one UTC day"),
    ("anthropic-costs", anthropic({**ANTHROPIC_COST, "currency": "EUR"}), "US dollars"),
    ("anthropic-costs", anthropic({**ANTHROPIC_COST, "amount": "lots"}), r"results\[0\]\.amount: an amount"),
    ("generic", GENERIC.replace("0.25", "$0.25"), "line 2, column cost_usd: an amount"),
    ("generic", GENERIC.replace("0.25", "nan"), "line 2, column cost_usd: an amount"),
    ("generic", GENERIC.replace(",a,", ",,"), "line 2, column model: a value"),
    ("generic", GENERIC.replace("0.25", "0.25,9"), "line 2: more cells"),
    ("generic", GENERIC.replace("requests", "model"), "stands twice"),
    ("generic", 'day,model\n2026-11-01,"a', "line 2"),
    ("generic", "day,model\n", "no rows"),
    ("generic", " \n", "empty"),
    ("generic", "day,model\n2026-11-01," + "x" * 200_000, "field larger"),
]


@pytest.mark.parametrize(("name", "text", "rule"), BAD)
def test_what_breaks_a_rule_is_refused_where_it_stands(name: str, text: str, rule: str) -> None:
    with pytest.raises(Invalid, match=rule) as refused:
        read(name, text)

    assert refused.value.field == "content"


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid, match="generic") as refused:
        read("azure", "x")

    assert (refused.value.field, set(READERS)) == ("format", {name for name, _, _ in GOOD})
