-- V0025__add_crm_records_left_image
-- Why:    a branch that leaves and joins again is merged with what the CRM was known to hold when it left.
-- Breaks: no; records that have left already have none, as before
-- Undo:   alter table crm_records drop (left_image)

alter table crm_records add (
   left_image clob,
   constraint crm_records_left_image_ck check (left_image is json)
)
/
comment on column crm_records.left_image is
   'Agreed image when the branch left; base of the three-way merge until something is agreed again'
/
