-- Every statement that the daemon and the command line send. They call crm_bridge_api and read the
-- granted views, nothing else; binds are named like the parameters. {owner} is the schema that owns the
-- integration, put in when the file is loaded.

-- name: api_version
-- Version of the API that the database serves.
begin
   :out_version := {owner}.crm_bridge_api.api_version();
end;
/

-- name: oldest_api_version
-- The oldest daemon that the database serves; asked only when its version is newer than the daemon's.
begin
   :out_version := {owner}.crm_bridge_api.oldest_api_version();
end;
/

-- name: schema_version
-- Newest migration that is applied completely.
begin
   :out_version := {owner}.crm_bridge_api.schema_version();
end;
/

-- name: begin_worker
-- Announces a worker and takes back what an earlier process of its name holds.
begin
   {owner}.crm_bridge_api.begin_worker(
      in_worker_id => :in_worker_id,
      out_released => :out_released
   );
end;
/

-- name: heartbeat
-- Says that a worker is alive.
begin
   {owner}.crm_bridge_api.heartbeat(
      in_worker_id     => :in_worker_id,
      out_live_workers => :out_live_workers
   );
end;
/

-- name: claim_changes
-- Claims due changes, one per record.
begin
   {owner}.crm_bridge_api.claim_changes(
      in_worker_id     => :in_worker_id,
      in_batch_size    => :in_batch_size,
      in_lease_seconds => :in_lease_seconds,
      out_changes      => :out_changes
   );
end;
/

-- name: settle_change
-- Ends the attempt of a change.
begin
   {owner}.crm_bridge_api.settle_change(
      in_event_id      => :in_event_id,
      in_fence_token   => :in_fence_token,
      in_outcome       => :in_outcome,
      in_crm_id        => :in_crm_id,
      in_calls         => :in_calls,
      in_http_status   => :in_http_status,
      in_reason_class  => :in_reason_class,
      in_detail        => :in_detail,
      in_retry_seconds => :in_retry_seconds,
      in_steps         => :in_steps
   );
end;
/

-- name: store_webhook
-- Stores a webhook as it came.
begin
   {owner}.crm_bridge_api.store_webhook(
      in_source        => :in_source,
      in_event_type    => :in_event_type,
      in_dedupe_key    => :in_dedupe_key,
      in_crm_id        => :in_crm_id,
      in_body          => :in_body,
      out_inbox_id     => :out_inbox_id,
      out_is_duplicate => :out_is_duplicate,
      in_fields        => :in_fields
   );
end;
/

-- name: claim_webhooks
-- Claims due webhooks, one per lead.
begin
   {owner}.crm_bridge_api.claim_webhooks(
      in_worker_id     => :in_worker_id,
      in_batch_size    => :in_batch_size,
      in_lease_seconds => :in_lease_seconds,
      out_webhooks     => :out_webhooks
   );
end;
/

-- name: apply_lead
-- Applies a lead and settles its webhook.
begin
   {owner}.crm_bridge_api.apply_lead(
      in_inbox_id    => :in_inbox_id,
      in_fence_token => :in_fence_token,
      in_lead        => :in_lead,
      out_result     => :out_result
   );
end;
/

-- name: apply_contacts
-- Applies the persons of a lead and settles its webhook.
begin
   {owner}.crm_bridge_api.apply_contacts(
      in_inbox_id    => :in_inbox_id,
      in_fence_token => :in_fence_token,
      in_contacts    => :in_contacts,
      out_result     => :out_result
   );
end;
/

-- name: apply_missing
-- Settles a webhook whose lead the CRM does not have; the mirror row ends the second time.
begin
   {owner}.crm_bridge_api.apply_missing(
      in_inbox_id    => :in_inbox_id,
      in_fence_token => :in_fence_token,
      out_result     => :out_result
   );
end;
/

-- name: settle_webhook
-- Ends the attempt of a webhook.
begin
   {owner}.crm_bridge_api.settle_webhook(
      in_inbox_id      => :in_inbox_id,
      in_fence_token   => :in_fence_token,
      in_outcome       => :in_outcome,
      in_detail        => :in_detail,
      in_retry_seconds => :in_retry_seconds
   );
end;
/

-- name: check_unseen
-- Asks which guarded fields of a change must not be sent, given what the CRM holds now.
begin
   {owner}.crm_bridge_api.check_unseen(
      in_event_id    => :in_event_id,
      in_fence_token => :in_fence_token,
      in_crm_id      => :in_crm_id,
      in_seen        => :in_seen,
      out_unseen     => :out_unseen
   );
end;
/

-- name: check_unseen_contact
-- Asks which fields of a person must not be sent, given what the CRM holds now.
begin
   {owner}.crm_bridge_api.check_unseen_contact(
      in_event_id    => :in_event_id,
      in_fence_token => :in_fence_token,
      in_crm_id      => :in_crm_id,
      in_contact_id  => :in_contact_id,
      in_seen        => :in_seen,
      in_main_id     => :in_main_id,
      out_unseen     => :out_unseen
   );
end;
/

-- name: release_substitutes
-- Sends again what was replaced by a default and the CRM knows by now.
begin
   {owner}.crm_bridge_api.release_substitutes(
      in_field_name => :in_field_name,
      in_known      => :in_known,
      out_requested => :out_requested
   );
end;
/

-- name: request_unsent
-- Requests a send of the branches without an agreed image of the next clients.
begin
   {owner}.crm_bridge_api.request_unsent(
      in_after      => :in_after,
      in_limit      => :in_limit,
      out_requested => :out_requested,
      out_next      => :out_next
   );
end;
/

-- name: repair_gaps
-- Turns capture gaps into outbox events.
begin
   {owner}.crm_bridge_api.repair_gaps(
      in_limit     => :in_limit,
      out_repaired => :out_repaired
   );
end;
/

-- name: status
-- The metrics that the database computes.
select metric, value
  from {owner}.crm_status_v;

-- name: parked
-- Changes that need a person, for the status page.
select *
  from {owner}.crm_parked_events_v
 fetch first 20 rows only;

-- name: parked_items
-- Parked changes and webhooks for an operator, in the order of their records; an empty bind does not narrow.
select direction,
       event_id,
       record_key,
       crm_id,
       attempts,
       reason_class,
       detail,
       created_on,
       parked_on
  from {owner}.crm_parked_events_v
 where (:in_direction is null or direction = :in_direction)
   and (:in_event_id is null or event_id = :in_event_id)
   and (:in_record_key is null or record_key = :in_record_key)
   and (:in_reason_class is null or reason_class = :in_reason_class)
 order by record_key nulls last, direction, event_id
 fetch first :in_limit rows only;

-- name: replay_parked
-- Tries parked items again.
begin
   {owner}.crm_bridge_api.replay_parked(
      in_filter => :in_filter,
      in_by     => :in_by,
      out_count => :out_count
   );
end;
/

-- name: skip_parked
-- Gives parked items up.
begin
   {owner}.crm_bridge_api.skip_parked(
      in_filter => :in_filter,
      in_reason => :in_reason,
      in_by     => :in_by,
      out_count => :out_count
   );
end;
/

-- name: forget_record
-- Erases what the schema holds of a record, or says what there is.
begin
   {owner}.crm_bridge_api.forget_record(
      in_record_key      => :in_record_key,
      in_by              => :in_by,
      in_reason          => :in_reason,
      in_is_live_allowed => :in_is_live_allowed,
      in_is_dry_run      => :in_is_dry_run,
      out_report         => :out_report
   );
end;
/

-- name: lift_forgetting
-- Lets a record that was forgotten take part again.
begin
   {owner}.crm_bridge_api.lift_forgetting(
      in_record_key => :in_record_key,
      in_by         => :in_by,
      in_reason     => :in_reason,
      out_lifted    => :out_lifted
   );
end;
/

-- name: conflicts
-- Conflicts for an operator, in the order in which they were opened; an empty bind does not narrow.
select conflict_id,
       record_key,
       crm_id,
       field_name,
       base_value,
       erp_value,
       crm_value,
       status,
       choice,
       resolved_value,
       opened_on,
       resolved_on,
       resolved_by
  from {owner}.crm_conflicts_v
 where (:in_status is null or status = :in_status)
   and (:in_conflict_id is null or conflict_id = :in_conflict_id)
   and (:in_record_key is null or record_key = :in_record_key)
 order by conflict_id
 fetch first :in_limit rows only;

-- name: resolve_conflict
-- Ends a conflict.
begin
   {owner}.crm_bridge_api.resolve_conflict(
      in_conflict_id => :in_conflict_id,
      in_choice      => :in_choice,
      in_value       => :in_value,
      in_by          => :in_by
   );
end;
/

-- name: record_history
-- What happened to a record last, newest first.
select record_key,
       crm_id,
       happened_on,
       direction,
       happening,
       item_id,
       attempt,
       outcome,
       actor,
       detail
  from {owner}.crm_record_history_v
 where record_key = :in_record_key
 order by happened_on desc, step_order desc, item_id desc
 fetch first :in_limit rows only;

-- name: store_industries
-- Adds industries to the ERP.
begin
   {owner}.crm_bridge_api.store_industries(
      in_industries => :in_industries,
      out_added     => :out_added,
      out_known     => :out_known,
      out_refused   => :out_refused
   );
end;
/

-- name: read_parked_webhook
-- A parked webhook with its body.
begin
   {owner}.crm_bridge_api.read_parked_webhook(
      in_inbox_id => :in_inbox_id,
      out_webhook => :out_webhook
   );
end;
/

-- name: edit_inbox
-- Puts another body into a parked webhook and tries it again.
begin
   {owner}.crm_bridge_api.edit_inbox(
      in_inbox_id => :in_inbox_id,
      in_body     => :in_body,
      in_by       => :in_by,
      in_crm_id   => :in_crm_id
   );
end;
/

-- name: overview_backlog
-- What waits to be sent, by state and origin.
select status,
       origin,
       events,
       records,
       oldest_on
  from {owner}.crm_outbox_backlog_v
 order by status, origin;

-- name: overview_parked
-- What was parked last.
select direction,
       event_id,
       record_key,
       crm_id,
       attempts,
       reason_class,
       detail,
       created_on,
       parked_on
  from {owner}.crm_parked_events_v
 order by parked_on desc, event_id desc
 fetch first :in_limit rows only;

-- name: overview_reasons
-- How much is parked for which class of failure.
select direction,
       coalesce(reason_class, 'none') as reason_class,
       count(*) as items
  from {owner}.crm_parked_events_v
 group by direction, coalesce(reason_class, 'none')
 order by direction, items desc;

-- name: overview_conflicts
-- The open conflicts that wait longest, without their values, and how many there are.
select conflict_id,
       record_key,
       field_name,
       opened_on,
       count(*) over () as conflicts
  from {owner}.crm_conflicts_v
 where status = 'OPEN'
 order by opened_on, conflict_id
 fetch first :in_limit rows only;

-- name: overview_workers
-- Daemons, those seen last first.
select worker_id,
       first_seen,
       heartbeat_on,
       is_live
  from {owner}.crm_workers_v
 order by heartbeat_on desc
 fetch first :in_limit rows only;

-- name: overview_diffs
-- The last comparisons.
select run_id,
       engine,
       status,
       rows_compared,
       started_on,
       finished_on,
       differences
  from {owner}.crm_diff_runs_v
 order by run_id desc
 fetch first :in_limit rows only;

-- name: open_run
-- Opens or resumes a run over all leads or contacts.
begin
   {owner}.crm_bridge_api.open_run(
      in_kind          => :in_kind,
      in_entity        => :in_entity,
      in_mode          => :in_mode,
      in_by            => :in_by,
      out_run_id       => :out_run_id,
      out_run_token    => :out_run_token,
      out_entity       => :out_entity,
      out_position     => :out_position,
      out_has_contacts => :out_has_contacts
   );
end;
/

-- name: take_poll
-- Takes the turn of polling.
begin
   {owner}.crm_bridge_api.take_poll(
      in_every_seconds => :in_every_seconds,
      in_by            => :in_by,
      out_run_id       => :out_run_id,
      out_run_token    => :out_run_token,
      out_position     => :out_position
   );
end;
/

-- name: begin_page
-- Tells the time before a page is read.
begin
   {owner}.crm_bridge_api.begin_page(
      in_run_id           => :in_run_id,
      in_run_token        => :in_run_token,
      out_mark            => :out_mark,
      out_is_pause_wanted => :out_is_pause_wanted
   );
end;
/

-- name: store_page
-- Compares a page of a run.
begin
   {owner}.crm_bridge_api.store_page(
      in_run_id     => :in_run_id,
      in_run_token  => :in_run_token,
      in_mark       => :in_mark,
      in_entity     => :in_entity,
      in_page       => :in_page,
      out_to_apply  => :out_to_apply,
      out_equal     => :out_equal,
      out_busy      => :out_busy,
      out_outside   => :out_outside,
      out_different => :out_different,
      out_left      => :out_left
   );
end;
/

-- name: apply_run_lead
-- Applies a lead of a page.
begin
   {owner}.crm_bridge_api.apply_run_lead(
      in_run_id    => :in_run_id,
      in_run_token => :in_run_token,
      in_mark      => :in_mark,
      in_lead      => :in_lead,
      out_result   => :out_result
   );
end;
/

-- name: leave_run_lead
-- Leaves a lead of a page to the live flow.
begin
   {owner}.crm_bridge_api.leave_run_lead(
      in_run_id    => :in_run_id,
      in_run_token => :in_run_token,
      in_crm_id    => :in_crm_id
   );
end;
/

-- name: finish_page
-- Moves the position of a run.
begin
   {owner}.crm_bridge_api.finish_page(
      in_run_id    => :in_run_id,
      in_run_token => :in_run_token,
      in_position  => :in_position,
      in_read      => :in_read,
      in_equal     => :in_equal,
      in_busy      => :in_busy,
      in_outside   => :in_outside,
      in_different => :in_different,
      in_applied   => :in_applied,
      in_left      => :in_left
   );
end;
/

-- name: find_unseen
-- Finds what a run has not looked at.
begin
   {owner}.crm_bridge_api.find_unseen(
      in_run_id    => :in_run_id,
      in_run_token => :in_run_token,
      in_entity    => :in_entity,
      in_after     => :in_after,
      in_limit     => :in_limit,
      out_ids      => :out_ids
   );
end;
/

-- name: note_missing
-- Notes what the CRM does not have.
begin
   {owner}.crm_bridge_api.note_missing(
      in_run_id    => :in_run_id,
      in_run_token => :in_run_token,
      in_entity    => :in_entity,
      in_ids       => :in_ids,
      out_missing  => :out_missing
   );
end;
/

-- name: look_for_unsent
-- Looks for branches without a lead, of the next clients.
begin
   {owner}.crm_bridge_api.look_for_unsent_v2(
      in_run_id    => :in_run_id,
      in_run_token => :in_run_token,
      in_after     => :in_after,
      in_limit     => :in_limit,
      out_found    => :out_found,
      out_next     => :out_next
   );
end;
/

-- name: end_run
-- Ends the work on a run.
begin
   {owner}.crm_bridge_api.end_run(
      in_run_id    => :in_run_id,
      in_run_token => :in_run_token,
      in_status    => :in_status,
      in_detail    => :in_detail
   );
end;
/

-- name: ask_pause
-- Asks the process of a run to pause.
begin
   {owner}.crm_bridge_api.ask_pause(
      in_kind   => :in_kind,
      out_asked => :out_asked
   );
end;
/

-- name: repair_findings
-- Hands the findings of a run over.
begin
   {owner}.crm_bridge_api.repair_findings(
      in_run_id    => :in_run_id,
      in_by        => :in_by,
      in_limit     => :in_limit,
      out_repaired => :out_repaired
   );
end;
/

-- name: sync_runs
-- Runs of a kind, newest first; an empty bind does not narrow.
select run_id,
       kind,
       entity,
       status,
       is_pause_wanted,
       records_expected,
       records_read,
       records_equal,
       records_busy,
       records_outside,
       records_different,
       records_applied,
       records_left,
       pages,
       findings,
       findings_open,
       started_by,
       started_on,
       last_progress_on,
       finished_on,
       detail
  from {owner}.crm_sync_runs_v
 where (:in_kind is null or kind = :in_kind)
   and (:in_run_id is null or run_id = :in_run_id)
   and (:in_status is null or status = :in_status)
 order by run_id desc
 fetch first :in_limit rows only;

-- name: sync_findings
-- Findings of a run, in the order in which they were noted.
select finding_id,
       entity,
       kind,
       action,
       record_key,
       crm_id,
       contact_id,
       person_id,
       fields,
       state
  from {owner}.crm_sync_findings_v
 where run_id = :in_run_id
 order by finding_id
 fetch first :in_limit rows only;

-- name: sync_finding_counts
-- Findings of a run by what mends them.
select kind,
       action,
       state,
       count(*) as findings
  from {owner}.crm_sync_findings_v
 where run_id = :in_run_id
 group by kind, action, state
 order by kind, action, state;

-- name: convergence
-- How much is proven to be equal now.
select records_expected,
       records_proven,
       records_different,
       records_outside,
       proven_percent,
       oldest_seconds,
       oldest_record_key
  from {owner}.crm_convergence_v;

-- name: ping
-- Proves that a statement can be run.
select 1 as one
  from dual;

-- name: join_calls
-- Says that a daemon takes its calls from the quota that all share.
begin
   {owner}.crm_bridge_api.join_calls(
      in_worker_id       => :in_worker_id,
      in_is_start        => :in_is_start,
      in_seconds         => :in_seconds,
      out_sharing        => :out_sharing,
      out_paused_seconds => :out_paused_seconds,
      out_pause_reason   => :out_pause_reason,
      out_refused_status => :out_refused_status
   );
end;
/

-- name: take_calls
-- Takes calls of the CRM's quota ahead, and tells of those that were taken before.
begin
   {owner}.crm_bridge_api.take_calls(
      in_quota_name      => :in_quota_name,
      in_holder          => :in_holder,
      in_ask_no          => :in_ask_no,
      in_calls           => :in_calls,
      in_window_seconds  => :in_window_seconds,
      in_use_seconds     => :in_use_seconds,
      in_kept            => :in_kept,
      in_made            => :in_made,
      in_wanted          => :in_wanted,
      out_granted        => :out_granted,
      out_wait_seconds   => :out_wait_seconds,
      out_paused_seconds => :out_paused_seconds,
      out_pause_reason   => :out_pause_reason,
      out_refused_status => :out_refused_status
   );
end;
/

-- name: pause_calls
-- The CRM wants no calls for a while.
begin
   {owner}.crm_bridge_api.pause_calls(
      in_seconds => :in_seconds,
      in_reason  => :in_reason
   );
end;
/

-- name: refuse_calls
-- The CRM refuses our token.
begin
   {owner}.crm_bridge_api.refuse_calls(in_http_status => :in_http_status);
end;
/

-- name: admit_calls
-- The CRM takes our token.
begin
   {owner}.crm_bridge_api.admit_calls();
end;
/

-- name: take_probe
-- Takes the turn of asking whether the token is taken by now.
begin
   {owner}.crm_bridge_api.take_probe(
      in_after_seconds => :in_after_seconds,
      out_is_ours      => :out_is_ours,
      out_is_refused   => :out_is_refused
   );
end;
/
