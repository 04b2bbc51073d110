"""Prompts of every kind that an estimator may meet."""

from hypothesis import strategies as st

OPTIONS = "Which of these is a prime number?\nA. 21\nB. 23\nC. 25\nD. 27\nAnswer:"
OPEN = "Tom has 3 apples and buys 14 more at $0.25 each. How much does he pay in total?"
CODE = "Refactor this:\n```python\ndef f(x):\n    return x == 1\n```"
FOREIGN = "Warum ist der Himmel blau? Erkläre es Schritt für Schritt, außer bei Nacht."
ASIAN = "为什么天空是蓝色的？请解释。"
BROKEN = "half a pair: \ud800, a zero: \x00, a combining mark: e\u0301"
KNOWN = (OPTIONS, OPEN, CODE, FOREIGN, ASIAN, BROKEN, "", " ", "\n\n", "?", "_" * 50)

ANY = st.one_of(st.sampled_from(KNOWN), st.text(max_size=400), st.text(alphabet="aA1 .,?\n-*`)(=", max_size=400))
