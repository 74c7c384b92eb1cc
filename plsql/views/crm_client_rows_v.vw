create or replace view crm_client_rows_v as
select v.record_key,
       v.client_code,
       v.branch_code,
       v.taxid,
       v.name,
       v.tax_registration,
       v.industry,
       v.phone,
       v.address_street,
       v.address_number,
       v.address_complement,
       v.address_district,
       v.address_zipcode,
       v.city,
       v.state,
       v.sales_rep,
       v.financial_analysis,
       v.crm_id,
       lower(rawtohex(standard_hash(
          v.taxid || chr(31)
          || v.name || chr(31)
          || v.tax_registration || chr(31)
          || v.industry || chr(31)
          || v.phone || chr(31)
          || v.address_street || chr(31)
          || v.address_number || chr(31)
          || v.address_complement || chr(31)
          || v.address_district || chr(31)
          || v.address_zipcode || chr(31)
          || v.city || chr(31)
          || v.state || chr(31)
          || to_char(v.sales_rep) || chr(31)
          || v.financial_analysis || chr(31),
          'SHA256'
       ))) as row_hash,
       json_object(
          key 'record_key' value v.record_key,
          key 'client_code' value v.client_code,
          key 'branch_code' value v.branch_code,
          key 'taxid' value v.taxid,
          key 'name' value v.name,
          key 'tax_registration' value v.tax_registration,
          key 'industry' value v.industry,
          key 'phone' value v.phone,
          key 'address_street' value v.address_street,
          key 'address_number' value v.address_number,
          key 'address_complement' value v.address_complement,
          key 'address_district' value v.address_district,
          key 'address_zipcode' value v.address_zipcode,
          key 'city' value v.city,
          key 'state' value v.state,
          key 'sales_rep' value v.sales_rep,
          key 'financial_analysis' value v.financial_analysis,
          key 'crm_id' value v.crm_id
          null on null
          returning clob
       ) as document
  from vw_crm_clients v
/
comment on table crm_client_rows_v is
   'vw_crm_clients with the canonical row hash (definition 1: fields from taxid to financial_analysis, each followed by
chr(31); null is empty) and the JSON document'
/
