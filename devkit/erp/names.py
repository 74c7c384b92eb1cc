"""Words that the generator puts together: obviously made up companies, generic names of people."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

COMPANY_KINDS = (
    "Comercial", "Indústria", "Distribuidora", "Transportes", "Construções", "Panificação",
    "Irmãos & Cia", "Confecções", "Metalúrgica", "Agropecuária", "Farmácia", "Móveis",
)  # fmt: skip
COMPANY_WORDS = (
    "Aurora", "Ipê", "Araçá", "Sabiá", "Jacarandá", "Horizonte", "São Fictício", "Maracanã", "Açaí",
    "Pôr do Sol", "Estância D'Oeste", "Órion", "Bem-te-vi", "Três Irmãos", "Cerradão", "Uirapuru",
)  # fmt: skip
COMPANY_FORMS = ("Ltda", "S.A.", "ME", "EPP", "Eireli", "Ltda – EPP")

GIVEN_NAMES = (
    "Ana", "Antônio", "Beatriz", "Bruno", "Cecília", "Conceição", "Davi", "Fátima", "Flávio",
    "Helena", "Inês", "João", "José", "Júlia", "Lúcia", "Marcos", "Maria", "Otávio", "Paulo",
    "Sebastião",
)  # fmt: skip
SURNAMES = (
    "Almeida", "Araújo", "Barbosa", "Conceição", "Costa", "Gonçalves", "Lima", "Magalhães",
    "Nogueira", "Oliveira", "Pereira", "Ribeiro", "Santos", "Silva", "Souza", "d'Ávila",
)  # fmt: skip

STREET_KINDS = ("Rua", "Avenida", "Travessa", "Alameda", "Rodovia", "Praça")
STREET_NAMES = (
    "das Acácias", "Sete de Setembro", "XV de Novembro", "da Conceição", "São João", "dos Ipês",
    "Barão do Cerrado", "Marechal Imaginário", "BR-153, km 12,5", "Visconde d'Água", "Açucena",
    "Primeiro de Maio", "da Independência", "Tupã", "dos Três Poderes",
)  # fmt: skip
DISTRICTS = (
    "Centro", "Jardim América", "Vila São José", "Distrito Industrial", "Setor Bueno", "Água Verde",
    "Santa Cecília", "Boa Viagem", "Praia do Canto", "Cidade Nova", "Jardim Ipê – 2ª etapa",
)  # fmt: skip
COMPLEMENTS = ("Sala 12", "Galpão B", "2º andar", "Bloco D, loja 3", "Fundos", "Conjunto 1.204")

JOB_TITLES = (
    "Comprador", "Diretora", "Gerente", "Financeiro", "Sócio-administrador", "Recepção",
    "Almoxarife",
)  # fmt: skip
PRODUCTS = (
    ("EMB-010", "Embalagem plástica 10 × 20"),
    ("EMB-025", "Embalagem plástica 25 × 40"),
    ("ROT-001", "Rótulo adesivo"),
    ("CX-100", "Caixa de papelão nº 100"),
    ("FIT-045", "Fita 45 mm"),
)
STATES = {
    "AC": "Acre", "AL": "Alagoas", "AM": "Amazonas", "AP": "Amapá", "BA": "Bahia", "CE": "Ceará",
    "DF": "Distrito Federal", "ES": "Espírito Santo", "GO": "Goiás", "MA": "Maranhão",
    "MG": "Minas Gerais", "MS": "Mato Grosso do Sul", "MT": "Mato Grosso", "PA": "Pará",
    "PB": "Paraíba", "PE": "Pernambuco", "PI": "Piauí", "PR": "Paraná", "RJ": "Rio de Janeiro",
    "RN": "Rio Grande do Norte", "RO": "Rondônia", "RR": "Roraima", "RS": "Rio Grande do Sul",
    "SC": "Santa Catarina", "SE": "Sergipe", "SP": "São Paulo", "TO": "Tocantins",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class City:
    id: int  # IBGE
    name: str
    state: str
    zip_prefix: str
    area_code: str


@cache
def cities() -> tuple[City, ...]:
    """The cities of ``cities.csv``; two of them share a name, in different states."""
    path = Path(__file__).with_name("cities.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            City(int(row["ibge"]), row["name"], row["uf"], row["cep"], row["ddd"])
            for row in csv.DictReader(file)
        )
