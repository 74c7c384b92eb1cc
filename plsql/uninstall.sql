-- Takes everything away that install.sql and the migrations have made; the users and the role stay
-- (drop user … cascade; drop role crm_monitor).
-- Connected as an administrator, with: alter session set current_schema = CRM_SYNC
-- The triggers go first: from then on the ERP knows nothing of the integration.

begin
   crm_jobs.drop_all;
end;
/
drop trigger crm_sales_order_deliveries_trg
/
drop trigger crm_sales_order_items_trg
/
drop trigger crm_sales_orders_trg
/
drop trigger crm_budget_deliveries_trg
/
drop trigger crm_budget_items_trg
/
drop trigger crm_budgets_trg
/
drop trigger crm_contacts_trg
/
drop trigger crm_credit_limit_history_trg
/
drop trigger crm_clients_trg
/
drop trigger crm_branches_trg
/
drop trigger trg_crm_update_contact_erp
/
drop trigger trg_crm_update_erp
/
drop view crm_sync_findings_v
/
drop view crm_sync_runs_v
/
drop view crm_differences_v
/
drop view crm_diff_runs_v
/
drop view crm_workers_v
/
drop view crm_operator_audit_v
/
drop view crm_record_history_v
/
drop view crm_outbox_backlog_v
/
drop view crm_parked_events_v
/
drop view crm_status_v
/
drop view crm_jobs_v
/
drop view view_update_contact_in_crm
/
drop package crm_jobs
/
drop procedure prc_store_crm_contact_id
/
drop procedure prc_store_crm_client_id
/
drop package pkg_crm_client
/
drop view view_update_lead_in_crm
/
drop view view_insert_lead_in_crm
/
drop package crm_bridge_api
/
drop package crm_retention
/
drop package crm_erasure
/
drop package crm_quota_book
/
drop package crm_worker
/
drop package crm_watch
/
drop package crm_operator
/
drop package crm_runs
/
drop package crm_findings
/
drop package crm_contact_comparison
/
drop package crm_comparison
/
drop package crm_reconcile
/
drop package crm_apply
/
drop package crm_catalogue
/
drop package crm_leads
/
drop package crm_contacts
/
drop package crm_conversion
/
drop package crm_guard
/
drop package crm_echo
/
drop procedure prc_update_client_contacts
/
drop procedure prc_update_clients
/
drop view crm_conflicts_v
/
drop package crm_conflict
/
drop package crm_merge
/
drop package crm_contact_match
/
drop package crm_rules
/
drop package crm_capture
/
drop package crm_capture_orders
/
drop package crm_capture_budgets
/
drop package crm_capture_branches
/
drop package crm_capture_records
/
drop package crm_queue
/
drop package crm_inbox
/
drop package crm_outbox
/
drop package crm_changes
/
drop package crm_funnel
/
drop package crm_values
/
drop package crm_substitute
/
drop package crm_steps
/
drop package crm_forgotten
/
drop package crm_record
/
drop view crm_convergence_v
/
drop view crm_record_activity_v
/
drop view crm_record_changes_v
/
drop view crm_record_steps_v
/
drop view crm_step_products_v
/
drop view view_leads_sold
/
drop view view_leads_budgeted
/
drop view crm_record_values_v
/
drop view crm_order_lines_v
/
drop view crm_budget_lines_v
/
drop view crm_contact_changes_v
/
drop view crm_contact_rows_v
/
drop view vw_crm_clients_contacts
/
drop view crm_agreed_hashes_v
/
drop view crm_client_hashes_v
/
drop view crm_client_rows_v
/
drop view vw_crm_clients
/
drop package crm_origin
/
drop package crm_version
/
drop package crm_gaps
/
drop package crm_lists
/
drop package crm_config
/
drop package crm_log
/
drop package crm_fields
/
drop package crm_err
/
drop package crm_types
/
drop type crm_ids_ct
/
drop type crm_record_keys_ct
/
declare
   co_owner constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
begin
   sys.dbms_aqadm.drop_queue_table(
      queue_table => co_owner || '.CRM_CHANGE_QT',
      force       => true
   );
   sys.dbms_aqadm.drop_queue_table(
      queue_table => co_owner || '.CRM_INBOX_QT',
      force       => true
   );
end;
/
drop table crm_convergence_history
/
drop table crm_contact_proofs
/
drop table crm_record_proofs
/
drop table crm_sync_findings
/
drop table crm_sync_runs
/
drop table crm_quota_spent
/
drop table crm_quota_holders
/
drop table crm_quota
/
drop table crm_workers
/
drop table crm_operator_audit
/
drop table crm_erasures
/
drop table crm_differences
/
drop table crm_diff_runs
/
drop table crm_capture_holds
/
drop table crm_figures
/
drop table crm_capture_gaps
/
drop table crm_inbox_events
/
drop table crm_outbox_attempts
/
drop table crm_outbox_events
/
drop table crm_let_go_persons
/
drop table crm_contact_records
/
drop table crm_records
/
drop table crm_forgotten_records
/
drop sequence crm_versions_seq
/
drop table crm_merge_audit
/
drop table crm_conflicts
/
drop table crm_contact_policies
/
drop table crm_field_policies
/
drop table crm_stage_moves
/
drop table crm_stages
/
drop table crm_settings
/
drop table contacts
/
drop table leads
/
drop table error_log
/
drop table crm_migrations
/
