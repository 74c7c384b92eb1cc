-- V0024__add_crm_records_proposal
-- Why:    a first quotation costs one call, not two, when it is known that the lead has no proposal (decision 0009).
-- Breaks: no; where it is not known the proposal is read as before
-- Undo:   alter table crm_records drop (is_proposal_empty)

alter table crm_records add (
   is_proposal_empty char(1 char) default 'N' not null,
   constraint crm_records_is_proposal_empty_ck check (is_proposal_empty in ('S', 'N'))
)
/
comment on column crm_records.is_proposal_empty is
   'S = the lead is known to have no line of our product: made by us or taken away by us, and not touched since'
/
