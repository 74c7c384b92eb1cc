create or replace view crm_client_hashes_v as
select r.record_key,
       r.row_hash
  from crm_client_rows_v r
/
comment on table crm_client_hashes_v is 'Canonical row hash of each branch as the ERP has it now'
/
