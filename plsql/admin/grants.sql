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
create or replace procedure crm_grant_on_queue(
   in_privilege  in varchar2,
   in_queue_name in varchar2,
   in_grantee    in varchar2
)
   authid definer
is
   /** Grants on a queue with the rights of its owner. */
begin
   sys.dbms_aqadm.grant_queue_privilege(
      privilege    => in_privilege,
      queue_name   => in_queue_name,
      grantee      => in_grantee,
      grant_option => false
   );
end crm_grant_on_queue;
/
begin
   crm_grant_on_queue(
      in_privilege  => 'DEQUEUE',
      in_queue_name => sys_context('USERENV', 'CURRENT_SCHEMA') || '.CRM_CHANGE_Q',
      in_grantee    => 'CRM_BRIDGE'
   );
end;
/
begin
   crm_grant_on_queue(
      in_privilege  => 'DEQUEUE',
      in_queue_name => sys_context('USERENV', 'CURRENT_SCHEMA') || '.CRM_INBOX_Q',
      in_grantee    => 'CRM_BRIDGE'
   );
end;
/
drop procedure crm_grant_on_queue
/
grant select on crm_status_v to crm_monitor
/
grant select on crm_quota_v to crm_monitor
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
