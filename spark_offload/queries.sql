-- All SQL that this package sends to Oracle. Each statement starts with a "-- name:" line.

-- name: canonical_row
-- The canonical row definition, version 1. Its text is the source; Spark's, DuckDB's and the Python
-- kernel are derived from it. View crm_client_hashes_v computes the same inside Oracle.
select lower(rawtohex(standard_hash(
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
       ))) as row_hash
  from crm_sync.vw_crm_clients v

-- name: erp_rows
select v.record_key,
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
       v.financial_analysis
  from crm_sync.vw_crm_clients v
 where 1 = 1

-- name: erp_low
   and v.client_code >= :low

-- name: erp_high
   and v.client_code < :high

-- name: erp_bounds
select min(t.client_code)
  from (
          select v.client_code,
                 ntile(:buckets) over (order by v.client_code) as bucket
            from crm_sync.vw_crm_clients v
       ) t
 group by t.bucket
 order by 1

-- name: agreed_rows
select a.record_key,
       a.agreed_hash
  from crm_sync.crm_agreed_hashes_v a
 where 1 = 1

-- name: agreed_low
   and a.record_key >= :low

-- name: agreed_high
   and a.record_key < :high

-- name: agreed_bounds
select min(t.record_key)
  from (
          select a.record_key,
                 ntile(:buckets) over (order by a.record_key) as bucket
            from crm_sync.crm_agreed_hashes_v a
       ) t
 group by t.bucket
 order by 1

-- name: start_run
begin
   crm_sync.crm_bridge_api.start_diff_run(in_engine => :engine, out_run_id => :run_id);
end;

-- name: record_differences
begin
   crm_sync.crm_bridge_api.record_differences(in_run_id => :run_id, in_differences => :differences);
end;

-- name: finish_run
begin
   crm_sync.crm_bridge_api.finish_diff_run(
      in_run_id        => :run_id,
      in_status        => :status,
      in_rows_compared => :rows_compared,
      in_detail        => :detail
   );
end;

-- name: repair
begin
   crm_sync.crm_bridge_api.repair_differences(in_run_id => :run_id, out_requested => :requested);
end;
