"""The tenant's catalogues: stages, custom fields, users, products and other lists."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Any

from devkit.sample import INDUSTRIES, SALES_REP_CODES

DISCARDED = "Descartado"  # a parallel state: shown as a stage, never in the list of stages

# Order of the flow. The dots mark blanks that the real tenant wrote as U+00A0.
_STAGES = (
    "Novos leads",
    "Pesquisa (filtro 1)",
    "Prospecção·(filtro 2)",
    "Passagem·de bastão",
    "Desenvolvimento/Orçamento",
    "Ativação",
    "Retenção/Expansão",
)
_SOURCES = ("Site", "Indicação", "Feira", "ERP", "Prospecção ativa", "Outros")
_DISCARD_REASONS = (
    "Sem interesse",
    "Sem perfil",
    "Concorrente",
    "Encerrou atividades",
    "Duplicado",
)
_CITIES = (("São Paulo", "SP"), ("Belo Horizonte", "MG"), ("Curitiba", "PR"), ("Goiânia", "GO"))
_PRODUCTS = ((10001, "Proposta comercial"), (10002, "Contrato anual"), (10003, "Serviço técnico"))


def stage_key(text: str) -> str:
    """The form in which stage names are compared: NFC, U+00A0 as a blank, trimmed."""
    return unicodedata.normalize("NFC", text).replace("\u00a0", " ").strip()


@dataclass(slots=True)
class CustomField:
    number: int
    key: str
    name: str
    type: str  # 'text' or 'list'
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Catalog:
    """Names are unique within a list; ids are positions, from 1."""

    stages: list[str]
    industries: list[str] = field(default_factory=lambda: list(INDUSTRIES))
    sources: list[str] = field(default_factory=lambda: list(_SOURCES))
    sub_sources: list[str] = field(default_factory=lambda: ["Orgânico"])
    custom_fields: list[CustomField] = field(default_factory=list)

    def stage(self, text: str) -> str | None:
        """The stage as the tenant spells it, found by its comparable form."""
        wanted = stage_key(text)
        return next((name for name in self.stages if stage_key(name) == wanted), None)

    def stage_by_id(self, number: int) -> str | None:
        return self.stages[number - 1] if 1 <= number <= len(self.stages) else None

    def custom_field(self, identity: object) -> CustomField | None:
        """By key (``_cod.cliente``) or by number."""
        return next((f for f in self.custom_fields if identity in (f.key, f.number)), None)

    @staticmethod
    def rows(values: list[str]) -> list[dict[str, Any]]:
        return [
            {"id": number, "value": value, "active": True}
            for number, value in enumerate(values, start=1)
        ]


def default_catalog(*, nbsp: bool) -> Catalog:
    return Catalog(
        stages=[name.replace("·", "\u00a0" if nbsp else " ") for name in _STAGES],
        custom_fields=[
            CustomField(
                101, "_cod.gestores", "Gestor", "list", [str(code) for code in SALES_REP_CODES]
            ),
            CustomField(102, "_cod.cliente", "Código do cliente", "text"),
            CustomField(103, "_inscricaoestadual", "Inscrição estadual", "text"),
            CustomField(104, "_analisefinanceira", "Análise financeira", "text"),
        ],
    )


FUNNELS: list[dict[str, Any]] = [{"id": 1, "value": "Funil padrão", "active": True}]
PRODUCTS: list[dict[str, Any]] = [{"productId": n, "name": name} for n, name in _PRODUCTS]
DISCARD_REASONS = Catalog.rows(list(_DISCARD_REASONS))
CITIES: list[dict[str, Any]] = [
    {"id": n, "name": name, "state": state} for n, (name, state) in enumerate(_CITIES, start=1)
]
SDRS: list[dict[str, Any]] = [
    {"id": 501, "name": "Prevendas Um", "email": "prevendas.um@example.com", "profileType": 2},
    {"id": 502, "name": "Prevendas Dois", "email": "prevendas.dois@example.com", "profileType": 2},
]
SELLERS: list[dict[str, Any]] = [
    {"id": 601, "name": "Vendas Um", "email": "vendas.um@example.com", "profileType": 6},
    {"id": 602, "name": "Vendas Dois", "email": "vendas.dois@example.com", "profileType": 6},
]
