-- GENERATED from grants.toml by generate_grants.py; not to be edited.
grant execute on crm_bridge_api to crm_bridge
/
grant select on vw_crm_clients to crm_bridge
/
grant select on crm_client_hashes_v to crm_bridge
/
grant select on crm_agreed_hashes_v to crm_bridge
/
grant select on crm_status_v to crm_bridge
/
grant select on crm_parked_events_v to crm_bridge
/
grant select on crm_outbox_backlog_v to crm_bridge
/
grant select on crm_diff_runs_v to crm_bridge
/
grant select on crm_differences_v to crm_bridge
/
grant select on crm_record_history_v to crm_bridge
/
grant select on crm_conflicts_v to crm_bridge
/
grant select on crm_operator_audit_v to crm_bridge
/
grant select on vw_crm_clients_contacts to crm_bridge
/
grant select on view_update_contact_in_crm to crm_bridge
/
grant select on view_leads_budgeted to crm_bridge
/
grant select on view_leads_sold to crm_bridge
/
grant select on crm_workers_v to crm_bridge
/
grant select on crm_sync_runs_v to crm_bridge
/
grant select on crm_sync_findings_v to crm_bridge
/
grant select on crm_convergence_v to crm_bridge
/
begin
   sys.dbms_aqadm.grant_queue_privilege(
      privilege    => 'DEQUEUE',
      queue_name   => sys_context('USERENV', 'CURRENT_SCHEMA') || '.CRM_CHANGE_Q',
      grantee      => 'CRM_BRIDGE',
      grant_option => false
   );
end;
/
begin
   sys.dbms_aqadm.grant_queue_privilege(
      privilege    => 'DEQUEUE',
      queue_name   => sys_context('USERENV', 'CURRENT_SCHEMA') || '.CRM_INBOX_Q',
      grantee      => 'CRM_BRIDGE',
      grant_option => false
   );
end;
/
grant select on crm_status_v to crm_monitor
/
grant select on crm_parked_events_v to crm_monitor
/
grant select on crm_outbox_backlog_v to crm_monitor
/
grant select on crm_diff_runs_v to crm_monitor
/
grant select on crm_differences_v to crm_monitor
/
grant select on crm_record_history_v to crm_monitor
/
grant select on crm_operator_audit_v to crm_monitor
/
