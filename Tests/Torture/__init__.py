# SPDX-License-Identifier: MIT
"""Faults done to the built programs; `scripts/torture` runs them."""
