create or replace package body crm_bridge_api
is
   co_module constant varchar2(48 char) := 'erpcrm';
   co_piece  constant pls_integer := 1000;   -- clients
   -- Within it every daemon of an older release has heard how many divide the quota.
   co_beat_seconds constant pls_integer := 15;

   -- What v$session shows while the daemon is in here.
   procedure enter(in_action in varchar2)
   is
   begin
      sys.dbms_application_info.set_module(
         module_name => co_module,
         action_name => in_action
      );
   end enter;

   procedure return_lost(in_record_keys in crm_record_keys_ct)
   is
   begin
      crm_outbox.return_lost(in_record_keys => in_record_keys);
      crm_inbox.return_lost(in_record_keys => in_record_keys);
   end return_lost;

   procedure end_expired_leases
   is
      t_record_keys crm_record_keys_ct;
      l_returned    pls_integer;
   begin
      crm_record.end_expired(out_record_keys => t_record_keys);
      return_lost(in_record_keys => t_record_keys);
      crm_inbox.return_unknown_leads(
         in_worker_id => null,
         out_returned => l_returned
      );
   end end_expired_leases;

   -- The wake-ups of what came while the record was leased have been used up; wake the daemon again.
   procedure announce_waiting(in_record_key in crm_records.record_key%type)
   is
      l_event_id crm_outbox_events.event_id%type;
      l_version  crm_outbox_events.version%type;
      l_inbox_id crm_inbox_events.inbox_id%type;
   begin
      crm_outbox.find_waiting(
         in_record_key => in_record_key,
         out_event_id  => l_event_id,
         out_version   => l_version
      );
      if l_event_id is not null then
         crm_queue.announce_changes(
            in_event_ids   => crm_ids_ct(l_event_id),
            in_record_keys => crm_record_keys_ct(in_record_key),
            in_versions    => crm_ids_ct(l_version)
         );
      end if;
      l_inbox_id := crm_inbox.waiting_id(in_record_key => in_record_key);
      if l_inbox_id is not null then
         crm_queue.announce_webhook(in_inbox_id => l_inbox_id);
      end if;
   end announce_waiting;

   function api_version return pls_integer
   is
   begin
      return co_api_version;
   end api_version;

   function oldest_api_version return pls_integer
   is
   begin
      return co_oldest_api_version;
   end oldest_api_version;

   function schema_version return varchar2
   is
   begin
      return crm_version.schema_version;
   end schema_version;

   procedure begin_worker(
      in_worker_id in  varchar2,
      out_released out pls_integer
   )
   is
      t_record_keys crm_record_keys_ct;
      l_returned    pls_integer;
   begin
      enter(in_action => 'begin_worker');
      crm_record.end_worker(
         in_worker_id    => in_worker_id,
         out_record_keys => t_record_keys
      );
      return_lost(in_record_keys => t_record_keys);
      crm_inbox.return_unknown_leads(
         in_worker_id => in_worker_id,
         out_returned => l_returned
      );
      out_released := t_record_keys.count + l_returned;
   end begin_worker;

   procedure claim_changes(
      in_worker_id     in  varchar2,
      in_batch_size    in  pls_integer,
      in_lease_seconds in  pls_integer,
      out_changes      out sys_refcursor
   )
   is
      t_event_ids crm_ids_ct;
      l_guarded   crm_outbox_events.changed_fields%type;
   begin
      enter(in_action => 'claim_changes');
      end_expired_leases;
      select json_arrayagg(p.field_name order by p.position)
        into l_guarded
        from crm_field_policies p
       where p.policy <> crm_types.co_erp;
      crm_outbox.claim(
         in_worker_id     => in_worker_id,
         in_batch_size    => in_batch_size,
         in_lease_seconds => in_lease_seconds,
         out_event_ids    => t_event_ids
      );
      open out_changes for
         select e.event_id,
                e.record_key,
                e.version,
                e.operation,
                e.fence_token,
                e.attempts as attempt,
                e.idempotency_key,
                coalesce(r.crm_id, json_value(e.document, '$.crm_id' returning number)) as crm_id,
                e.is_in_doubt,
                e.document,
                r.agreed_image,
                e.changed_fields,
                e.steps,
                l_guarded as guarded_fields
           from crm_outbox_events e
           join crm_records r
             on r.record_key = e.record_key
          where e.event_id in (select /*+ cardinality(t 100) */ t.column_value from table(t_event_ids) t)
          order by e.event_id;
   end claim_changes;

   procedure settle_change(
      in_event_id      in number,
      in_fence_token   in number,
      in_outcome       in varchar2,
      in_crm_id        in number   default null,
      in_calls         in pls_integer default 1,
      in_http_status   in pls_integer default null,
      in_reason_class  in varchar2 default null,
      in_detail        in varchar2 default null,
      in_retry_seconds in number   default null,
      in_steps         in clob     default null
   )
   is
      l_record_key crm_records.record_key%type;
   begin
      enter(in_action => 'settle_change');
      crm_outbox.settle(
         in_event_id      => in_event_id,
         in_fence_token   => in_fence_token,
         in_outcome       => in_outcome,
         in_crm_id        => in_crm_id,
         in_calls         => in_calls,
         in_http_status   => in_http_status,
         in_reason_class  => in_reason_class,
         in_detail        => in_detail,
         in_retry_seconds => in_retry_seconds,
         out_record_key   => l_record_key,
         in_steps         => in_steps
      );
      announce_waiting(in_record_key => l_record_key);
   end settle_change;

   procedure request_stage(
      in_record_key in varchar2,
      in_stage      in varchar2,
      in_by         in varchar2
   )
   is
   begin
      enter(in_action => 'request_stage');
      crm_funnel.request_stage(
         in_record_key => in_record_key,
         in_stage      => in_stage,
         in_by         => in_by
      );
   end request_stage;

   procedure request_discard(
      in_record_key in varchar2,
      in_reason     in varchar2,
      in_by         in varchar2
   )
   is
   begin
      enter(in_action => 'request_discard');
      crm_funnel.request_discard(
         in_record_key => in_record_key,
         in_reason     => in_reason,
         in_by         => in_by
      );
   end request_discard;

   procedure store_webhook(
      in_source        in  varchar2,
      in_event_type    in  varchar2,
      in_dedupe_key    in  varchar2,
      in_crm_id        in  number,
      in_body          in  blob,
      out_inbox_id     out number,
      out_is_duplicate out varchar2,
      in_fields        in  clob default null
   )
   is
   begin
      enter(in_action => 'store_webhook');
      crm_inbox.store(
         in_source        => in_source,
         in_event_type    => in_event_type,
         in_dedupe_key    => in_dedupe_key,
         in_crm_id        => in_crm_id,
         in_body          => in_body,
         in_fields        => in_fields,
         out_inbox_id     => out_inbox_id,
         out_is_duplicate => out_is_duplicate
      );
      crm_queue.announce_webhook(in_inbox_id => out_inbox_id);
   end store_webhook;

   procedure claim_webhooks(
      in_worker_id     in  varchar2,
      in_batch_size    in  pls_integer,
      in_lease_seconds in  pls_integer,
      out_webhooks     out sys_refcursor
   )
   is
      t_inbox_ids   crm_ids_ct;
      t_record_keys crm_record_keys_ct;
      l_echoes      pls_integer;
   begin
      enter(in_action => 'claim_webhooks');
      end_expired_leases;
      crm_echo.settle_echoes(
         in_limit    => crm_types.co_max_batch_size,
         out_settled => l_echoes
      );
      crm_inbox.claim(
         in_worker_id     => in_worker_id,
         in_batch_size    => in_batch_size,
         in_lease_seconds => in_lease_seconds,
         out_inbox_ids    => t_inbox_ids
      );
      crm_echo.settle_claimed(
         io_inbox_ids    => t_inbox_ids,
         out_record_keys => t_record_keys
      );
      <<given_back>>
      for i in 1 .. t_record_keys.count loop
         announce_waiting(in_record_key => t_record_keys(i));
      end loop given_back;
      crm_steps.forget_proposals(in_inbox_ids => t_inbox_ids);
      crm_echo.note_reads(in_inbox_ids => t_inbox_ids);
      open out_webhooks for
         select i.inbox_id,
                i.event_type,
                i.crm_id,
                i.record_key,
                i.fence_token,
                i.attempts as attempt,
                case i.are_values_agreed
                   when crm_types.co_yes then (
                      select json_object(
                                key 'client_code' value json_value(r.agreed_image, '$.client_code'),
                                key 'sales_rep' value json_value(r.agreed_image, '$.sales_rep'),
                                key 'tax_registration' value json_value(r.agreed_image, '$.tax_registration'),
                                key 'financial_analysis' value json_value(r.agreed_image, '$.financial_analysis')
                                null on null
                             )
                        from crm_records r
                       where r.record_key = i.record_key
                   )
                end as known_fields,
                i.reads,
                i.source
           from crm_inbox_events i
          where i.inbox_id in (select /*+ cardinality(t 100) */ t.column_value from table(t_inbox_ids) t)
          order by i.inbox_id;
   end claim_webhooks;

   procedure apply_lead(
      in_inbox_id    in  number,
      in_fence_token in  number,
      in_lead        in  clob,
      out_result     out varchar2
   )
   is
      l_record_key crm_records.record_key%type;
   begin
      enter(in_action => 'apply_lead');
      crm_apply.apply_lead(
         in_inbox_id    => in_inbox_id,
         in_fence_token => in_fence_token,
         in_lead        => in_lead,
         out_record_key => l_record_key,
         out_result     => out_result
      );
      announce_waiting(in_record_key => l_record_key);
   end apply_lead;

   procedure apply_missing(
      in_inbox_id    in  number,
      in_fence_token in  number,
      out_result     out varchar2
   )
   is
      l_record_key crm_records.record_key%type;
   begin
      enter(in_action => 'apply_missing');
      crm_apply.apply_missing(
         in_inbox_id    => in_inbox_id,
         in_fence_token => in_fence_token,
         out_record_key => l_record_key,
         out_result     => out_result
      );
      announce_waiting(in_record_key => l_record_key);
   end apply_missing;

   procedure settle_webhook(
      in_inbox_id      in number,
      in_fence_token   in number,
      in_outcome       in varchar2,
      in_detail        in varchar2 default null,
      in_retry_seconds in number   default null
   )
   is
      r_event crm_inbox_events%rowtype;
   begin
      enter(in_action => 'settle_webhook');
      if in_outcome is null
         or in_outcome not in (crm_types.co_retry, crm_types.co_parked, crm_types.co_done)
      then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_outcome,
            in_detail => in_outcome || ', allowed RETRY, PARKED, DONE'
         );
      end if;
      crm_inbox.assert_claim(
         in_inbox_id    => in_inbox_id,
         in_fence_token => in_fence_token,
         out_event      => r_event
      );
      if in_outcome = crm_types.co_retry then
         crm_inbox.postpone(
            in_event         => r_event,
            in_retry_seconds => in_retry_seconds,
            in_detail        => in_detail,
            in_is_failure    => true
         );
      else
         crm_inbox.finish(
            in_event  => r_event,
            in_status => in_outcome,
            in_detail => in_detail
         );
      end if;
      announce_waiting(in_record_key => r_event.record_key);
   end settle_webhook;

   procedure resolve_conflict(
      in_conflict_id in number,
      in_choice      in varchar2,
      in_value       in varchar2,
      in_by          in varchar2
   )
   is
      l_record_key crm_records.record_key%type;
   begin
      enter(in_action => 'resolve_conflict');
      crm_conflict.resolve(
         in_conflict_id => in_conflict_id,
         in_choice      => in_choice,
         in_value       => in_value,
         in_by          => in_by,
         out_record_key => l_record_key
      );
      announce_waiting(in_record_key => l_record_key);
   end resolve_conflict;

   procedure request_initial_load(out_requested out pls_integer)
   is
      l_after     number := 0;
      l_next      number;
      l_requested pls_integer;
   begin
      enter(in_action => 'request_initial_load');
      out_requested := 0;
      <<pieces>>
      while l_after is not null loop
         crm_reconcile.request_unsent(
            in_after      => l_after,
            in_limit      => co_piece,
            out_requested => l_requested,
            out_next      => l_next
         );
         out_requested := out_requested + l_requested;
         l_after       := l_next;
      end loop pieces;
   end request_initial_load;

   procedure request_unsent(
      in_after      in  number,
      in_limit      in  pls_integer,
      out_requested out pls_integer,
      out_next      out number
   )
   is
   begin
      enter(in_action => 'request_unsent');
      crm_reconcile.request_unsent(
         in_after      => in_after,
         in_limit      => in_limit,
         out_requested => out_requested,
         out_next      => out_next
      );
   end request_unsent;

   procedure repair_gaps(
      in_limit     in  pls_integer,
      out_repaired out pls_integer
   )
   is
   begin
      enter(in_action => 'repair_gaps');
      crm_reconcile.repair_gaps(
         in_limit     => in_limit,
         out_repaired => out_repaired
      );
   end repair_gaps;

   procedure heartbeat(
      in_worker_id     in  varchar2,
      out_live_workers out pls_integer
   )
   is
   begin
      enter(in_action => 'heartbeat');
      crm_worker.heartbeat(
         in_worker_id     => in_worker_id,
         out_live_workers => out_live_workers
      );
   end heartbeat;

   procedure replay_parked(
      in_filter in  varchar2,
      in_by     in  varchar2,
      out_count out pls_integer
   )
   is
   begin
      enter(in_action => 'replay_parked');
      crm_operator.replay_parked(
         in_filter => in_filter,
         in_by     => in_by,
         out_count => out_count
      );
   end replay_parked;

   procedure skip_parked(
      in_filter in  varchar2,
      in_reason in  varchar2,
      in_by     in  varchar2,
      out_count out pls_integer
   )
   is
   begin
      enter(in_action => 'skip_parked');
      crm_operator.skip_parked(
         in_filter => in_filter,
         in_reason => in_reason,
         in_by     => in_by,
         out_count => out_count
      );
   end skip_parked;

   procedure edit_inbox(
      in_inbox_id in number,
      in_body     in varchar2,
      in_by       in varchar2,
      in_crm_id   in number default null
   )
   is
   begin
      enter(in_action => 'edit_inbox');
      crm_operator.edit_inbox(
         in_inbox_id => in_inbox_id,
         in_body     => in_body,
         in_by       => in_by,
         in_crm_id   => in_crm_id
      );
   end edit_inbox;

   procedure forget_record(
      in_record_key      in  varchar2,
      in_by              in  varchar2,
      in_reason          in  varchar2,
      in_is_live_allowed in  varchar2,
      in_is_dry_run      in  varchar2,
      out_report         out varchar2
   )
   is
   begin
      enter(in_action => 'forget_record');
      crm_erasure.forget(
         in_record_key      => in_record_key,
         in_by              => in_by,
         in_reason          => in_reason,
         in_is_live_allowed => in_is_live_allowed,
         in_is_dry_run      => in_is_dry_run,
         out_report         => out_report
      );
   end forget_record;

   procedure lift_forgetting(
      in_record_key in  varchar2,
      in_by         in  varchar2,
      in_reason     in  varchar2,
      out_lifted    out pls_integer
   )
   is
   begin
      enter(in_action => 'lift_forgetting');
      crm_erasure.lift(
         in_record_key => in_record_key,
         in_by         => in_by,
         in_reason     => in_reason,
         out_lifted    => out_lifted
      );
   end lift_forgetting;

   procedure start_diff_run(
      in_engine  in  varchar2,
      out_run_id out number
   )
   is
   begin
      enter(in_action => 'start_diff_run');
      crm_reconcile.start_run(
         in_engine  => in_engine,
         out_run_id => out_run_id
      );
   end start_diff_run;

   procedure record_differences(
      in_run_id      in number,
      in_differences in clob
   )
   is
   begin
      enter(in_action => 'record_differences');
      crm_reconcile.record_differences(
         in_run_id      => in_run_id,
         in_differences => in_differences
      );
   end record_differences;

   procedure finish_diff_run(
      in_run_id        in number,
      in_status        in varchar2,
      in_rows_compared in number,
      in_detail        in varchar2 default null
   )
   is
   begin
      enter(in_action => 'finish_diff_run');
      crm_reconcile.finish_run(
         in_run_id        => in_run_id,
         in_status        => in_status,
         in_rows_compared => in_rows_compared,
         in_detail        => in_detail
      );
   end finish_diff_run;

   procedure repair_differences(
      in_run_id     in  number,
      out_requested out pls_integer
   )
   is
   begin
      enter(in_action => 'repair_differences');
      crm_reconcile.repair_differences(
         in_run_id     => in_run_id,
         out_requested => out_requested
      );
   end repair_differences;

   procedure store_industries(
      in_industries in  clob,
      out_added     out pls_integer,
      out_known     out pls_integer,
      out_refused   out pls_integer
   )
   is
   begin
      enter(in_action => 'store_industries');
      crm_catalogue.store_industries(
         in_industries => in_industries,
         out_added     => out_added,
         out_known     => out_known,
         out_refused   => out_refused
      );
   end store_industries;

   procedure read_parked_webhook(
      in_inbox_id in  number,
      out_webhook out sys_refcursor
   )
   is
   begin
      enter(in_action => 'read_parked_webhook');
      crm_operator.read_webhook(
         in_inbox_id => in_inbox_id,
         out_webhook => out_webhook
      );
   end read_parked_webhook;

   procedure check_unseen(
      in_event_id    in  number,
      in_fence_token in  number,
      in_crm_id      in  number,
      in_seen        in  clob,
      out_unseen     out varchar2
   )
   is
      l_inbox_id crm_inbox_events.inbox_id%type;
   begin
      enter(in_action => 'check_unseen');
      crm_guard.check_unseen(
         in_event_id    => in_event_id,
         in_fence_token => in_fence_token,
         in_crm_id      => in_crm_id,
         in_seen        => in_seen,
         out_unseen     => out_unseen,
         out_inbox_id   => l_inbox_id
      );
      if l_inbox_id is not null then
         crm_queue.announce_webhook(in_inbox_id => l_inbox_id);
      end if;
   end check_unseen;

   procedure check_unseen_contact(
      in_event_id    in  number,
      in_fence_token in  number,
      in_crm_id      in  number,
      in_contact_id  in  number,
      in_seen        in  clob,
      in_main_id     in  number,
      out_unseen     out varchar2
   )
   is
      l_inbox_id crm_inbox_events.inbox_id%type;
   begin
      enter(in_action => 'check_unseen_contact');
      crm_guard.check_unseen_contact(
         in_event_id    => in_event_id,
         in_fence_token => in_fence_token,
         in_crm_id      => in_crm_id,
         in_contact_id  => in_contact_id,
         in_seen        => in_seen,
         in_main_id     => in_main_id,
         out_unseen     => out_unseen,
         out_inbox_id   => l_inbox_id
      );
      if l_inbox_id is not null then
         crm_queue.announce_webhook(in_inbox_id => l_inbox_id);
      end if;
   end check_unseen_contact;

   procedure apply_contacts(
      in_inbox_id    in  number,
      in_fence_token in  number,
      in_contacts    in  clob,
      out_result     out varchar2
   )
   is
      l_record_key crm_records.record_key%type;
   begin
      enter(in_action => 'apply_contacts');
      crm_apply.apply_contacts(
         in_inbox_id    => in_inbox_id,
         in_fence_token => in_fence_token,
         in_contacts    => in_contacts,
         out_record_key => l_record_key,
         out_result     => out_result
      );
      announce_waiting(in_record_key => l_record_key);
   end apply_contacts;

   procedure release_substitutes(
      in_field_name in  varchar2,
      in_known      in  clob,
      out_requested out pls_integer
   )
   is
      t_record_keys crm_record_keys_ct;
      t_event_ids   crm_ids_ct;
      t_versions    crm_ids_ct;
   begin
      enter(in_action => 'release_substitutes');
      crm_substitute.release(
         in_field_name   => in_field_name,
         in_known        => in_known,
         out_record_keys => t_record_keys
      );
      crm_outbox.append(
         in_record_keys => t_record_keys,
         in_origin      => crm_types.co_origin_apply,
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      crm_queue.announce_changes(
         in_event_ids   => t_event_ids,
         in_record_keys => t_record_keys,
         in_versions    => t_versions
      );
      out_requested := t_record_keys.count;
   end release_substitutes;

   procedure open_run(
      in_kind          in  varchar2,
      in_entity        in  varchar2,
      in_mode          in  varchar2,
      in_by            in  varchar2,
      out_run_id       out number,
      out_run_token    out number,
      out_entity       out varchar2,
      out_position     out varchar2,
      out_has_contacts out varchar2
   )
   is
   begin
      enter(in_action => 'open_run');
      crm_runs.open_run(
         in_kind          => in_kind,
         in_entity        => in_entity,
         in_mode          => in_mode,
         in_by            => in_by,
         out_run_id       => out_run_id,
         out_run_token    => out_run_token,
         out_entity       => out_entity,
         out_position     => out_position,
         out_has_contacts => out_has_contacts
      );
   end open_run;

   procedure take_poll(
      in_every_seconds in  number,
      in_by            in  varchar2,
      out_run_id       out number,
      out_run_token    out number,
      out_position     out varchar2
   )
   is
   begin
      enter(in_action => 'take_poll');
      crm_runs.take_poll(
         in_every_seconds => in_every_seconds,
         in_by            => in_by,
         out_run_id       => out_run_id,
         out_run_token    => out_run_token,
         out_position     => out_position
      );
   end take_poll;

   procedure begin_page(
      in_run_id           in  number,
      in_run_token        in  number,
      out_mark            out varchar2,
      out_is_pause_wanted out varchar2
   )
   is
   begin
      enter(in_action => 'begin_page');
      crm_runs.begin_page(
         in_run_id           => in_run_id,
         in_run_token        => in_run_token,
         out_mark            => out_mark,
         out_is_pause_wanted => out_is_pause_wanted
      );
   end begin_page;

   procedure store_page(
      in_run_id     in  number,
      in_run_token  in  number,
      in_mark       in  varchar2,
      in_entity     in  varchar2,
      in_page       in  clob,
      out_to_apply  out sys_refcursor,
      out_equal     out pls_integer,
      out_busy      out pls_integer,
      out_outside   out pls_integer,
      out_different out pls_integer,
      out_left      out pls_integer
   )
   is
      t_to_apply crm_ids_ct;
   begin
      enter(in_action => 'store_page');
      crm_runs.store_page(
         in_run_id     => in_run_id,
         in_run_token  => in_run_token,
         in_mark       => in_mark,
         in_entity     => in_entity,
         in_page       => in_page,
         out_to_apply  => t_to_apply,
         out_equal     => out_equal,
         out_busy      => out_busy,
         out_outside   => out_outside,
         out_different => out_different,
         out_left      => out_left
      );
      open out_to_apply for
         select /*+ cardinality(t 100) */ t.column_value as crm_id
           from table(t_to_apply) t
          order by t.column_value;
   end store_page;

   procedure apply_run_lead(
      in_run_id    in  number,
      in_run_token in  number,
      in_mark      in  varchar2,
      in_lead      in  clob,
      out_result   out varchar2
   )
   is
      l_record_key crm_records.record_key%type;
   begin
      enter(in_action => 'apply_run_lead');
      crm_runs.apply_lead(
         in_run_id      => in_run_id,
         in_run_token   => in_run_token,
         in_mark        => in_mark,
         in_lead        => in_lead,
         out_record_key => l_record_key,
         out_result     => out_result
      );
      announce_waiting(in_record_key => l_record_key);
   end apply_run_lead;

   procedure leave_run_lead(
      in_run_id    in number,
      in_run_token in number,
      in_crm_id    in number
   )
   is
   begin
      enter(in_action => 'leave_run_lead');
      crm_runs.leave_lead(
         in_run_id    => in_run_id,
         in_run_token => in_run_token,
         in_crm_id    => in_crm_id
      );
   end leave_run_lead;

   procedure finish_page(
      in_run_id    in number,
      in_run_token in number,
      in_position  in varchar2,
      in_read      in number,
      in_equal     in number,
      in_busy      in number,
      in_outside   in number,
      in_different in number,
      in_applied   in number,
      in_left      in number
   )
   is
   begin
      enter(in_action => 'finish_page');
      crm_runs.finish_page(
         in_run_id    => in_run_id,
         in_run_token => in_run_token,
         in_position  => in_position,
         in_read      => in_read,
         in_equal     => in_equal,
         in_busy      => in_busy,
         in_outside   => in_outside,
         in_different => in_different,
         in_applied   => in_applied,
         in_left      => in_left
      );
   end finish_page;

   procedure find_unseen(
      in_run_id    in  number,
      in_run_token in  number,
      in_entity    in  varchar2,
      in_after     in  number,
      in_limit     in  pls_integer,
      out_ids      out sys_refcursor
   )
   is
      t_ids crm_ids_ct;
   begin
      enter(in_action => 'find_unseen');
      crm_runs.find_unseen(
         in_run_id    => in_run_id,
         in_run_token => in_run_token,
         in_entity    => in_entity,
         in_after     => in_after,
         in_limit     => in_limit,
         out_ids      => t_ids
      );
      open out_ids for
         select /*+ cardinality(t 100) */ t.column_value as id
           from table(t_ids) t
          order by t.column_value;
   end find_unseen;

   procedure note_missing(
      in_run_id    in  number,
      in_run_token in  number,
      in_entity    in  varchar2,
      in_ids       in  varchar2,
      out_missing  out pls_integer
   )
   is
   begin
      enter(in_action => 'note_missing');
      crm_runs.note_missing(
         in_run_id    => in_run_id,
         in_run_token => in_run_token,
         in_entity    => in_entity,
         in_ids       => in_ids,
         out_missing  => out_missing
      );
   end note_missing;

   procedure look_for_unsent(
      in_run_id    in  number,
      in_run_token in  number,
      out_found    out pls_integer
   )
   is
      l_after number := 0;
      l_next  number;
      l_found pls_integer;
   begin
      enter(in_action => 'look_for_unsent');
      out_found := 0;
      <<pieces>>
      while l_after is not null loop
         crm_runs.look_for_unsent(
            in_run_id    => in_run_id,
            in_run_token => in_run_token,
            in_after     => l_after,
            in_limit     => co_piece,
            out_found    => l_found,
            out_next     => l_next
         );
         out_found := out_found + l_found;
         l_after   := l_next;
      end loop pieces;
   end look_for_unsent;

   procedure look_for_unsent_v2(
      in_run_id    in  number,
      in_run_token in  number,
      in_after     in  number,
      in_limit     in  pls_integer,
      out_found    out pls_integer,
      out_next     out number
   )
   is
   begin
      enter(in_action => 'look_for_unsent');
      crm_runs.look_for_unsent(
         in_run_id    => in_run_id,
         in_run_token => in_run_token,
         in_after     => in_after,
         in_limit     => in_limit,
         out_found    => out_found,
         out_next     => out_next
      );
   end look_for_unsent_v2;

   procedure end_run(
      in_run_id    in number,
      in_run_token in number,
      in_status    in varchar2,
      in_detail    in varchar2 default null
   )
   is
   begin
      enter(in_action => 'end_run');
      crm_runs.end_run(
         in_run_id    => in_run_id,
         in_run_token => in_run_token,
         in_status    => in_status,
         in_detail    => in_detail
      );
   end end_run;

   procedure ask_pause(
      in_kind   in  varchar2,
      out_asked out pls_integer
   )
   is
   begin
      enter(in_action => 'ask_pause');
      crm_runs.ask_pause(
         in_kind   => in_kind,
         out_asked => out_asked
      );
   end ask_pause;

   procedure repair_findings(
      in_run_id    in  number,
      in_by        in  varchar2,
      in_limit     in  pls_integer default 1000,
      out_repaired out pls_integer
   )
   is
   begin
      enter(in_action => 'repair_findings');
      crm_runs.repair(
         in_run_id    => in_run_id,
         in_by        => in_by,
         in_limit     => in_limit,
         out_repaired => out_repaired
      );
   end repair_findings;

   procedure join_calls(
      in_worker_id       in  varchar2,
      in_is_start        in  varchar2,
      in_seconds         in  number,
      out_sharing        out pls_integer,
      out_paused_seconds out number,
      out_pause_reason   out varchar2,
      out_refused_status out number
   )
   is
      l_is_beside varchar2(1 char);
   begin
      enter(in_action => 'join_calls');
      crm_worker.note_booked(
         in_worker_id  => in_worker_id,
         in_seconds    => in_seconds + co_beat_seconds,
         out_sharing   => out_sharing,
         out_is_beside => l_is_beside
      );
      if in_is_start = 'S' and l_is_beside = 'S' then
         crm_quota_book.close_calls(in_seconds => in_seconds + co_beat_seconds);
      end if;
      crm_quota_book.read_stops(
         out_paused_seconds => out_paused_seconds,
         out_pause_reason   => out_pause_reason,
         out_refused_status => out_refused_status
      );
   end join_calls;

   procedure take_calls(
      in_quota_name      in  varchar2,
      in_holder          in  varchar2,
      in_ask_no          in  number,
      in_calls           in  pls_integer,
      in_window_seconds  in  number,
      in_use_seconds     in  number,
      in_kept            in  pls_integer,
      in_made            in  varchar2,
      in_wanted          in  pls_integer,
      out_granted        out pls_integer,
      out_wait_seconds   out number,
      out_paused_seconds out number,
      out_pause_reason   out varchar2,
      out_refused_status out number
   )
   is
   begin
      enter(in_action => 'take_calls');
      crm_quota_book.take_calls(
         in_quota_name      => in_quota_name,
         in_holder          => in_holder,
         in_ask_no          => in_ask_no,
         in_calls           => in_calls,
         in_window_seconds  => in_window_seconds,
         in_use_seconds     => in_use_seconds,
         in_kept            => in_kept,
         in_made            => in_made,
         in_wanted          => in_wanted,
         out_granted        => out_granted,
         out_wait_seconds   => out_wait_seconds,
         out_paused_seconds => out_paused_seconds,
         out_pause_reason   => out_pause_reason,
         out_refused_status => out_refused_status
      );
   end take_calls;

   procedure pause_calls(
      in_seconds in number,
      in_reason  in varchar2
   )
   is
   begin
      enter(in_action => 'pause_calls');
      crm_quota_book.pause_calls(
         in_seconds => in_seconds,
         in_reason  => in_reason
      );
   end pause_calls;

   procedure refuse_calls(in_http_status in number)
   is
   begin
      enter(in_action => 'refuse_calls');
      crm_quota_book.refuse_calls(in_http_status => in_http_status);
   end refuse_calls;

   procedure admit_calls
   is
   begin
      enter(in_action => 'admit_calls');
      crm_quota_book.admit_calls;
   end admit_calls;

   procedure take_probe(
      in_after_seconds in  number,
      out_is_ours      out varchar2,
      out_is_refused   out varchar2
   )
   is
   begin
      enter(in_action => 'take_probe');
      crm_quota_book.take_probe(
         in_after_seconds => in_after_seconds,
         out_is_ours      => out_is_ours,
         out_is_refused   => out_is_refused
      );
   end take_probe;
end crm_bridge_api;
/
