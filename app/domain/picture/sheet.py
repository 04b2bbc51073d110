"""How pictures look, light and dark as the reader's system says; states differ by line and sign, not by hue alone."""

from typing import Final

SHEET: Final = """
.flow-picture { --p-ground: #ffffff; --p-ink: #1c2333; --p-soft: #566077; --p-line: #8a94ab; --p-edge: #c3cad9;
  --p-when: #fdf0d2; --p-when-ink: #7a4f00; --p-good: #146c3c; --p-good-ground: #e2f4e9; --p-bad: #a11d2b;
  --p-bad-ground: #fde5e7; --p-now: #3556c8; --p-now-ground: #e6ebfc; --p-off: #eef0f5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
@media (prefers-color-scheme: dark) { .flow-picture { --p-ground: #1b202b; --p-ink: #e7eaf2; --p-soft: #a2acc2;
  --p-line: #8390ad; --p-edge: #46506a; --p-when: #392d12; --p-when-ink: #f2c763; --p-good: #7fdba6;
  --p-good-ground: #173326; --p-bad: #ff9ba5; --p-bad-ground: #431c22; --p-now: #8ba4ff; --p-now-ground: #222d4d;
  --p-off: #252b38; } }
.flow-picture text { font-size: 12.5px; fill: var(--p-ink); }
.flow-picture .code { font-size: 15px; font-weight: 650; }
.flow-picture .word { font-size: 13.5px; fill: var(--p-soft); }
.flow-picture .soft, .flow-picture .mark { fill: var(--p-soft); }
.flow-picture .seen { font-weight: 600; }
.flow-picture .line { fill: none; stroke: var(--p-line); stroke-width: 1.6; }
.flow-picture .line.spare { stroke-dasharray: 5 4; }
.flow-picture .tip { fill: var(--p-line); }
.flow-picture .box { fill: var(--p-ground); stroke: var(--p-edge); stroke-width: 1.5; }
.flow-picture .end { fill: var(--p-off); stroke: var(--p-edge); }
.flow-picture .when { fill: var(--p-when); stroke: none; }
.flow-picture .when-word { fill: var(--p-when-ink); }
.flow-picture .spare .box { stroke-dasharray: 5 4; }
.flow-picture .sign { fill: none; stroke: var(--p-soft); stroke-width: 2; stroke-linecap: round; }
.flow-picture .waiting .box, .flow-picture .skipped .box { fill: var(--p-off); stroke-dasharray: 3 4; }
.flow-picture .answered .box { fill: var(--p-good-ground); stroke: var(--p-good); }
.flow-picture .answered .sign { stroke: var(--p-good); }
.flow-picture .answered .seen { fill: var(--p-good); }
.flow-picture .running .box { fill: var(--p-now-ground); stroke: var(--p-now); stroke-width: 2.5; }
.flow-picture .running .sign { stroke: var(--p-now); fill: var(--p-now); }
.flow-picture .running .seen { fill: var(--p-now); }
.flow-picture .failed .box { fill: var(--p-bad-ground); stroke: var(--p-bad); stroke-width: 2.5; }
.flow-picture .failed .sign { stroke: var(--p-bad); }
.flow-picture .failed .seen { fill: var(--p-bad); }
"""
