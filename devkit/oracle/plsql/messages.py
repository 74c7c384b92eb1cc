"""The texts of compile errors (PLS-nnnnn), one place for each."""

from __future__ import annotations

WRONG_TYPE = "PLS-00382: expression is of wrong type"
WRONG_RAISE_ARGUMENTS = (
    "PLS-00306: wrong number or types of arguments in call to 'RAISE_APPLICATION_ERROR'"
)
DUPLICATE_FIELDS = "PLS-00410: duplicate fields in RECORD,TABLE or argument list are not permitted"
INCOMPLETE_TYPE = (
    "PLS-00320: the declaration of the type of this expression is incomplete or malformed"
)
RAISE_OUTSIDE_HANDLER = (
    "PLS-00367: a RAISE statement with no exception name must be inside an exception handler"
)
MIXED_BULK = "PLS-00497: cannot mix between single row and multi-row (BULK) in INTO list"
LENGTH_RANGE = "PLS-00215: String length constraints must be in range (1 .. 32767)"


def undeclared(name: str) -> str:
    return f"PLS-00201: identifier '{name}' must be declared"


def no_component(name: str) -> str:
    return f"PLS-00302: component '{name}' must be declared"


def wrong_arguments(name: str) -> str:
    return f"PLS-00306: wrong number or types of arguments in call to '{name}'"


def not_assignable(name: str) -> str:
    return f"PLS-00363: expression '{name}' cannot be used as an assignment target"


def not_a_target(name: str) -> str:
    return (
        f"PLS-00403: expression '{name}' cannot be used as an INTO-target of a SELECT/FETCH "
        "statement"
    )


def not_a_procedure(name: str) -> str:
    return f"PLS-00221: '{name}' is not a procedure or is undefined"


def no_function(name: str) -> str:
    return f"PLS-00222: no function with name '{name}' exists in this scope"


def not_applicable(name: str) -> str:
    return f"PLS-00224: object '{name}' must be of type function or array to be used this way"


def row_in_statement_section() -> str:
    return "PLS-00679: trigger binds not allowed in before/after statement section"


def bad_bind(name: str) -> str:
    return f"PLS-00049: bad bind variable '{name}'"


def declared_twice(name: str) -> str:
    return f"PLS-00371: at most one declaration for '{name}' is permitted"


def constant_without_value(name: str) -> str:
    return (
        f"PLS-00322: declaration of a constant '{name}' must contain an initialization assignment"
    )


def sql_only(name: str) -> str:
    return f"PLS-00204: function or pseudo-column '{name}' may be used inside a SQL statement only"


def not_in_sql(name: str) -> str:
    return f"PLS-00231: function '{name}' may not be used in SQL"


def without_body(name: str) -> str:
    return (
        f"PLS-00323: subprogram or cursor '{name}' is declared in a package specification and must "
        "be defined in the package body"
    )


def not_in_type_specification(name: str) -> str:
    return (
        f"PLS-00539: subprogram '{name}' is declared in an object type body and must be defined in "
        "the object type specification"
    )


def wrong_rowtype(name: str) -> str:
    return (
        f"PLS-00310: with %ROWTYPE attribute, '{name}' must name a table, cursor or cursor-variable"
    )


def wrong_type_attribute(name: str) -> str:
    return f"PLS-00206: %TYPE must be applied to a variable, not '{name}'"


def no_access(name: str) -> str:
    return f"PLS-00904: insufficient privilege to access object {name}"


LOCAL_COLLECTION = "PLS-00642: local collection types not allowed in SQL statements"
