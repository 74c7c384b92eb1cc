create or replace view crm_agreed_hashes_v as
select r.record_key,
       lower(rawtohex(r.agreed_hash)) as agreed_hash,
       r.crm_id
  from crm_records r
 where r.agreed_image is not null
/
comment on table crm_agreed_hashes_v is
   'Canonical row hash on which both sides agreed; null while a difference is known and on its way'
/
