"""The reference itself, by hand."""

from decimal import Decimal
from random import Random

import pytest
from generating import Asker, draft
from reading import (
    NOBODY,
    Aggregate,
    And,
    Caller,
    Collection,
    Compare,
    Has,
    In,
    IsNull,
    Literal,
    Name,
    Not,
    Or,
    Path,
    Question,
    Sort,
    Tree,
    Unsaid,
    aggregated,
    answer,
    evaluate,
    render,
    with_places,
)
