"""Attention as a picture that needs no kernel, no script and no theme: for saved notebooks."""

from __future__ import annotations

import base64
import struct
import unicodedata
import zlib
from collections.abc import Sequence
from html import escape

import numpy as np

from workbench.i18n import t
from workbench.inspection.inside.attended import Attention
from workbench.inspection.inside.words import inside_glyph

from .pooling import pooled

INK, ACCENT = "#767f88", (47, 143, 199)  # legible on white and on black
NAMED = 40  # tokens up to which lines between names are drawn; a matrix beyond
LINES = 250
PITCH, LINE, SIDE = 20, 18, 240
_TEXT = f'fill="{INK}" font-family="sans-serif" font-size="12"'


def static_html(seen: Attention, heads: Sequence[tuple[int, int]], *, query: int = -1) -> str:
    """All heads small and some of them large, as plain HTML with one image.

    Parameters
    ----------
    seen : Attention
    heads : sequence of (layer, head)
        From zero.
    query : int
        Draw the lines of this token alone; -1 for all.
    """
    picture = base64.b64encode(attention_svg(seen, heads, query=query).encode()).decode()
    named = ", ".join(t("attention.static_head", layer=a, head=b) for a, b in heads)
    words = t("attention.static", source=seen.source, heads=named, n=len(seen.keys))
    return f'<img alt="{escape(words)}" src="data:image/svg+xml;base64,{picture}">'


def attention_svg(seen: Attention, heads: Sequence[tuple[int, int]], *, query: int = -1) -> str:
    """The picture of :func:`static_html` on a transparent ground."""
    parts, x = [], 30
    codes, _ = seen.to_uint8(per_head=True)
    wide, high = x + seen.n_heads * PITCH, 34 + seen.n_layers * PITCH
    parts.append(_text(4, 12, t("attention.overview")))
    for layer in range(seen.n_layers):
        parts.append(_text(24, 34 + layer * PITCH + 13, str(layer), "end"))
    for head in range(seen.n_heads):
        parts.append(_text(x + head * PITCH + 9, 28, str(head), "middle"))
    parts.append(_image(_tiles(codes), x, 34, seen.n_heads * PITCH, seen.n_layers * PITCH))
    for layer, head in heads:
        parts.append(
            f'<rect x="{x + head * PITCH - 1}" y="{33 + layer * PITCH}" width="{PITCH}" '
            f'height="{PITCH}" fill="none" stroke="{INK}" stroke-width="2"/>'
        )
    left = max(150, wide) + 28
    title, token = "attention.title", ""
    if query >= 0:
        title, token = "attention.title_from", _short(seen.tokens[query])
    for layer, head in heads:
        words = t(title, layer=layer, head=head, token=token)
        parts.append(_text(left, 12, words))
        draw = _lines if max(len(seen), len(seen.keys)) <= NAMED else _matrix
        drawn, width, height = draw(seen, codes[layer, head], seen.weights[layer, head], query)
        parts.append(f'<g transform="translate({left} 24)">{drawn}</g>')
        left, high = left + max(width, 8 * len(words)) + 24, max(high, 24 + height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left}" height="{high + 6}" '
        f'viewBox="0 0 {left} {high + 6}">{"".join(parts)}</svg>'
    )


def _lines(seen: Attention, codes: np.ndarray, weights: np.ndarray, query: int):
    """The strongest pairs of a head as lines: (svg, width, height)."""
    room = min(110, 12 + 8 * max(map(len, [*seen.tokens, *seen.keys])))
    parts = []
    for i, token in enumerate(seen.tokens):
        parts.append(_text(room - 6, i * LINE + 13, _short(token), "end"))
    for i, token in enumerate(seen.keys):
        parts.append(_text(room + 146, i * LINE + 13, _short(token)))
    order = np.argsort(-weights, axis=None, kind="stable")
    for place in order[:LINES][::-1]:
        q, k = divmod(int(place), weights.shape[1])
        value = float(weights[q, k])
        if value < 0.02 or query not in (-1, q):
            continue
        parts.append(
            f'<path d="M{room} {q * LINE + 9}L{room + 140} {k * LINE + 9}" '
            f'stroke="rgb{ACCENT}" stroke-opacity="{0.2 + 0.8 * value:.2f}" '
            f'stroke-width="{1 + 3 * value:.1f}"/>'
        )
    return "".join(parts), 2 * room + 140, max(weights.shape) * LINE


def _matrix(seen: Attention, codes: np.ndarray, weights: np.ndarray, query: int):
    """A head as a matrix without names: (svg, width, height)."""
    small = pooled(codes, 96)
    rows = f"1–{len(seen)}"
    words = t("attention.static_matrix", rows=rows, columns=f"1–{len(seen.keys)}")
    return _image(small, 0, 0, SIDE, SIDE) + _text(0, SIDE + 14, words), SIDE, SIDE + 20


def _tiles(codes: np.ndarray) -> np.ndarray:
    """All heads in one image, a square each."""
    n_layers, n_heads = codes.shape[:2]
    size = 16 if n_layers * n_heads <= 100 else 10
    out = np.zeros((n_layers * (size + 2), n_heads * (size + 2)), np.uint8)
    for layer in range(n_layers):
        for head in range(n_heads):
            one = pooled(codes[layer, head], size)
            rows = np.arange(size) * one.shape[0] // size
            columns = np.arange(size) * one.shape[1] // size
            y, x = layer * (size + 2), head * (size + 2)
            tile = np.maximum(one[rows][:, columns], 18)  # an empty head is seen as a tile too
            out[y : y + size, x : x + size] = tile
    return out


def _image(codes: np.ndarray, x: int, y: int, width: int, height: int) -> str:
    data = base64.b64encode(png(codes)).decode()
    return (
        f'<image x="{x}" y="{y}" width="{width}" height="{height}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="data:image/png;base64,{data}"/>'
    )


def png(codes: np.ndarray) -> bytes:
    """A small PNG of one colour in 16 shades, ``codes`` (uint8 [height, width]) its opacity."""
    height, width = codes.shape
    shades = np.zeros((height, width + width % 2), np.uint8)
    shades[:, :width] = np.rint(codes / 17)
    rows = np.zeros((height, 1 + shades.shape[1] // 2), np.uint8)  # first byte: no filter
    rows[:, 1:] = shades[:, 0::2] << 4 | shades[:, 1::2]

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"PLTE", bytes(ACCENT) * 16), (b"tRNS", bytes(range(0, 256, 17))),
              (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    clean = "".join(c for c in text if c == "\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" {_TEXT}>{escape(clean)}</text>'


def _short(token: str) -> str:
    """At most 13 characters of a token, never half of a glyph."""
    if len(token) <= 14:
        return token
    end = 13
    while end > 1 and inside_glyph(token, end):
        end -= 1
    return token[:end] + "…"
