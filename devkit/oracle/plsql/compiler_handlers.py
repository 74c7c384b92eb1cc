"""Exceptions: RAISE, handlers, blocks."""

from __future__ import annotations

from devkit.oracle.plsql import exceptions, messages, nodes
from devkit.oracle.plsql.compiler_control import ControlCompiler
from devkit.oracle.plsql.scope import (
    ExceptionSymbol,
    Failure,
    Scope,
)


class HandlerCompiler(ControlCompiler):
    """A handler is a Python ``except`` that compares keys."""

    def _raise(self, node: nodes.Raise) -> None:
        if node.exception is None:
            if not self.handler_depth:
                raise Failure(
                    node,
                    messages.RAISE_OUTSIDE_HANDLER,
                )
            unit = self.display
            place = f'at "{unit}", line {node.line}' if unit else f"at line {node.line}"
            self.emit(f"raise {self.helper(exceptions.reraise)}({self.handler_name}, {place!r})")
            return
        symbol = self._exception(node.exception)
        self.emit(f"raise _m.raised({self.constant(symbol.identity)})")

    @property
    def handler_name(self) -> str:
        return f"_e{self.handler_depth}"

    def _exception(self, name: nodes.Name) -> ExceptionSymbol:
        symbol, used = self.resolve(name.parts, name)
        if not isinstance(symbol, ExceptionSymbol) or used != len(name.parts):
            raise Failure(
                name, f"PLS-00485: in exception handler, '{name.text}' must be an exception name"
            )
        return symbol

    def _handlers(self, handlers: tuple[nodes.Handler, ...]) -> None:
        """The EXCEPTION part of a block whose body was emitted under ``try:``."""
        self.line = 0
        self.emit("except Exception as _exc:")
        self.handler_depth += 1
        name = self.handler_name
        with self.indented():
            self.emit(f"{name} = {self.helper(exceptions.normalise)}(_exc)")
            self.emit(f"_key = {self.helper(exceptions.key_of)}({name})")
            self.emit(f"_m.handling.append({name})")
            self.emit("try:")
            with self.indented():
                self._handler_chain(handlers)
            self.line = 0
            self.emit("finally:")
            with self.indented():
                self.emit("_m.handling.pop()")
                self.emit(f"{name} = None")
        self.handler_depth -= 1

    def _handler_chain(self, handlers: tuple[nodes.Handler, ...]) -> None:
        others: nodes.Handler | None = None
        word = "if"
        for handler in handlers:
            if handler.others:
                others = handler
                continue
            tests = []
            for exception in handler.exceptions:
                try:
                    identity = self._exception(exception).identity
                except Failure as failure:
                    self.record(failure)
                    continue
                key = identity.code
                test = f"_key == {key}" if key is not None else f"_key is {self.constant(identity)}"
                tests.append(test)
            self.line = 0
            self.emit(f"{word} {' or '.join(tests) or 'False'}:")
            word = "elif"
            with self.indented():
                self.statements(handler.statements)
        if others is not None and word == "if":
            self.statements(others.statements)
            return
        self.line = 0
        self.emit("else:")
        with self.indented():
            if others is not None:
                self.statements(others.statements)
            else:
                self.emit("raise")

    def _block(self, node: nodes.Block) -> None:
        label = node.labels[-1].folded if node.labels else None
        scope = Scope(self.scope, label)
        self.scope = scope
        try:
            self.block_body(node)
        finally:
            self.scope = scope.parent or scope

    def block_body(self, node: nodes.Block) -> None:
        """Declarations, statements and handlers of a block in the current scope."""
        self.declarations(node.declarations)
        if not node.handlers:
            self.statements(node.statements)
            return
        self.emit("try:")
        with self.indented():
            self.statements(node.statements)
        self._handlers(node.handlers)

    def declarations(self, declared: tuple[nodes.Declaration, ...]) -> None:
        raise AssertionError("see compiler_declarations")
