"""Any step that can be written down."""

from hypothesis import strategies as st

from app.domain.auto import Auto, Council, Escalation
from app.domain.flow import Choice, Each, Hook, OnError, Params, Repeat, Step

# As every door takes them: no control character but tab and line breaks.
SIGNS = st.characters(codec="utf-8", exclude_categories=("Cc",), include_characters="\t\n\r\x85")
TEXTS = st.text(SIGNS, max_size=40)
CODES = st.from_regex(r"[a-z0-9]([a-z0-9_-]{0,8}[a-z0-9])?", fullmatch=True)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=12)
JSON = st.dictionaries(
    st.text(SIGNS, max_size=8),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | st.text(SIGNS, max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(SIGNS, max_size=8), inner, max_size=3),
        max_leaves=5,
    ),
    max_size=3,
)
EXPRESSIONS = st.text(SIGNS, min_size=1, max_size=30)
FRACTIONS = st.floats(0, 1)
AUTOS = st.builds(
    Auto,
    strategy=st.sampled_from(["balanced", "best_cost"]),
    preference=st.none() | FRACTIONS,
    among=st.lists(NAMES, max_size=2).map(tuple),
    min_quality=st.none() | FRACTIONS,
    max_cost=st.none() | st.integers(0, 10**15),
    escalation=st.none() | st.builds(Escalation, min_score=FRACTIONS, max_steps=st.just(1), judge=st.none() | NAMES),
    council=st.none() | st.builds(Council, size=st.integers(2, 3)),
)
CHOICES = st.one_of(
    st.builds(Choice, models=st.lists(NAMES, min_size=1, max_size=3).map(tuple)),
    st.builds(Choice, task=NAMES),
    st.builds(Choice, auto=AUTOS),
)
PARAMS = st.builds(
    Params,
    max_tokens=st.none() | st.integers(1, 10**6),
    temperature=st.none() | st.floats(0, 2),
    stop=st.lists(st.text(SIGNS, min_size=1, max_size=5), max_size=2).map(tuple),
    seed=st.none() | st.integers(-(2**63), 2**63 - 1),
    response_format=st.none() | JSON,
    options=JSON,
)
ON_ERRORS = st.one_of(
    st.sampled_from([OnError(), OnError("skip")]),
    st.builds(OnError, action=st.just("value"), value=TEXTS),
    st.builds(OnError, action=st.just("step"), step=NAMES),
)
STEPS = st.builds(
    Step,
    code=CODES,
    prompt=TEXTS,
    choice=CHOICES,
    system=TEXTS,
    params=PARAMS,
    history=st.booleans(),
    timeout_s=st.none() | st.floats(0.1, 1e4),
    cache_ttl_s=st.none() | st.integers(1, 1000),
    own=st.booleans(),
    after=st.none() | st.lists(NAMES, max_size=3).map(tuple),
    when=st.none() | EXPRESSIONS,
    retries=st.integers(0, 5),
    on_error=ON_ERRORS,
    output_schema=st.none() | JSON,
    each=st.none() | st.builds(Each, over=EXPRESSIONS, most=st.integers(1, 1000), at_once=st.integers(1, 32)),
    repeat=st.none() | st.builds(Repeat, most=st.integers(1, 20), until=st.none() | EXPRESSIONS),
    hooks=st.lists(st.builds(Hook, name=NAMES, options=JSON), max_size=2).map(tuple),
)
