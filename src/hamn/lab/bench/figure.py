"""One figure: a line of `name value unit compared-to`."""

from __future__ import annotations


def tell(name: str, value: float, unit: str, compared_to: str) -> None:
    shown = str(value) if isinstance(value, int) else f"{value:.3f}"
    print(f"{name} {shown} {unit} {compared_to}", flush=True)
