"""Catalogues that the sample ERP and the simulated CRM share: both describe one company."""

from __future__ import annotations

# Descriptions of the ERP's INDUSTRIES and of the CRM's catalogue "Mercado"; ids follow this order.
INDUSTRIES: tuple[str, ...] = (
    "Agronegócio",
    "Alimentos e bebidas",
    "Autopeças",
    "Comércio varejista",
    "Construção civil",
    "Cosméticos",
    "Educação",
    "Eletroeletrônicos",
    "Farmacêutico",
    "Outros",
    "Logística e transporte",
    "Metalurgia",
    "Móveis e decoração",
    "Papel e celulose",
    "Plásticos e borracha",
    "Química",
    "Saúde",
    "Serviços",
    "Tecnologia da informação",
    "Têxtil e confecção",
)

# Codes of the ERP's SALES_REPS and options of the CRM's list field; 99 stands for "no rep of ours".
SALES_REP_CODES: tuple[int, ...] = (*range(1, 25), 99)

FINANCIAL_ANALYSES: tuple[str, ...] = (
    "Crédito aprovado até R$ 50.000,00",
    "Crédito aprovado até R$ 10.000,00 à vista na primeira compra",
    "Análise pendente: aguardando balanço",
    "Sem restrições; limite revisto em função do faturamento",
    "Limite reduzido: títulos em atraso",
    "Somente pagamento antecipado",
    "Aprovado com garantia real",
    "Em revisão pela diretoria financeira",
)
