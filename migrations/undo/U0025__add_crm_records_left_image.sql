-- U0025__add_crm_records_left_image
-- Undoes: migrations/V0025__add_crm_records_left_image.sql
-- Loses:  the images of records that have left

alter table crm_records drop constraint crm_records_left_image_ck
/
alter table crm_records drop (left_image)
/
delete from crm_migrations m
 where m.script = 'migrations/V0025__add_crm_records_left_image.sql'
/
commit
/
