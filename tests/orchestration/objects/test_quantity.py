"""Kubernetes' quantities as integers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.orchestration.objects.quantity import QuantityError, format_mib, format_milli, parse_quantity


@pytest.mark.parametrize(
    ("text", "resource", "amount"),
    [
        pytest.param("500m", "cpu", 500, id="500m cpu"),
        pytest.param("2", "cpu", 2_000, id="2 cpu = 2000m"),
        pytest.param("0.5", "cpu", 500, id="half a cpu"),
        pytest.param(".5", "cpu", 500, id="no digit before the point"),
        pytest.param("1.", "cpu", 1_000, id="no digit after the point"),
        pytest.param("100u", "cpu", 1, id="0.1m rounds up to 1m"),
        pytest.param("1e3", "cpu", 1_000_000, id="exponent"),
        pytest.param("1E", "memory", 10**18, id="E alone is a suffix"),
        pytest.param("1Gi", "memory", 1 << 30, id="2^30"),
        pytest.param("1.5Gi", "memory", 3 << 29, id="1.5 * 2^30"),
        pytest.param("1k", "memory", 1_000, id="1k"),
        pytest.param("128974848", "memory", 128_974_848, id="bytes"),
        pytest.param("129e6", "memory", 129_000_000, id="129e6 bytes"),
        pytest.param("123Mi", "memory", 123 << 20, id="123 * 2^20"),
        pytest.param("100m", "memory", 1, id="0.1 bytes rounds up"),
        pytest.param("460m", "nvidia.com/gpu", 460, id="0.46 of a GPU"),
        pytest.param("8", "nvidia.com/gpu", 8_000, id="8 GPUs"),
        pytest.param("", "cpu", 0, id="empty is zero"),
    ],
)
def test_parse(text, resource, amount):
    assert parse_quantity(text, resource) == amount


@pytest.mark.parametrize(
    "text", ["x", "1GB", "1 Gi", "-1", "1Ki5", "Gi", ".", "--1", "1e", "0x10", "9" * 50, "99E", "١"]
)
def test_nonsense_is_refused(text):
    with pytest.raises(QuantityError):
        parse_quantity(text, "memory")


@given(st.integers(0, 10**9))
def test_formats_read_back(amount):
    assert parse_quantity(format_milli(amount), "cpu") == amount
    assert parse_quantity(format_mib(amount), "memory") == amount << 20
